//! Where each picture of a call stands on the stage. The page measures the stage, calls [`Layout::arrange`] and sets each tile's
//! left, top, width and height.
//!
//! - `grid`: of all ways to divide the stage, the one that shows most of the pictures.
//! - `strip`: one picture in the spotlight, the others in a strip beside or below it.
//! - `corner`: two people; the other fills the stage, oneself lies in its corner.
//!
//! A camera's picture fills its tile and is cropped to it (`object-fit: cover`). A screen is never cropped (`contain`). Equally much is seen
//! of the picture either way.
//!
//! Nothing moves without need. People keep their order, and another arrangement replaces the one in use only if it shows more by a margin.

mod corner;
mod geometry;
mod grid;
mod order;
mod scene;
mod strip;
#[cfg(test)]
mod tests;

pub use geometry::{Rect, Size};
pub use scene::{Arrangement, Kind, Picture, Place, Placed, Scene, View};

use geometry::Room;
use order::Order;

/// How much better another arrangement must be than the one in use. A window that is dragged, a bar that comes and goes and a picture
/// that changes its shape a little must not turn the stage over and back.
const MARGIN: f64 = 1.1;
/// How much larger than the least a tile must be before one more is put on a page. Those that are there stay until they are smaller than
/// the least.
const ONE_MORE: f64 = 1.04;
/// The most tiles of one page, however large the stage is. It bounds the search.
const MOST: usize = 49;

/// Arranges the pictures of one call. Remembers who stood where, and the arrangement in use.
#[derive(Clone, Debug)]
pub struct Layout<K> {
    order: Order<K>,
    used: Used,
    /// The person in the spotlight of [`View::Speaker`].
    spotlight: Option<K>,
}

/// The arrangement in use.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Used {
    Nothing,
    /// How many tiles a page holds, and the shape for so many tiles.
    Grid {
        capacity: usize,
        count: usize,
        shape: grid::Shape,
    },
    Strip {
        side: strip::Side,
        capacity: usize,
    },
    Corner {
        upright: bool,
    },
}

/// How many tiles a page holds, when it held so many before. It has room for `fresh` comfortably, and for `most` at all.
fn steady(before: Option<usize>, fresh: usize, most: usize) -> usize {
    before.unwrap_or(fresh).min(most).max(fresh)
}

/// Who stands where, as indices of pictures.
struct Cast {
    spotlight: Option<usize>,
    corner: Option<usize>,
    /// In the grid or the strip: screens, then people.
    screens: Vec<usize>,
    people: Vec<usize>,
    /// Oneself, in the last cell of the first page.
    own: Option<usize>,
}

impl<K> Default for Layout<K> {
    fn default() -> Self {
        Self {
            order: Order::default(),
            used: Used::Nothing,
            spotlight: None,
        }
    }
}

impl<K: Clone + Ord> Layout<K> {
    /// One in which nobody has stood yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where everyone stands now. Cheap enough for every frame of a resize. The same scene again gives the same arrangement.
    pub fn arrange(&mut self, scene: &Scene<K>) -> Arrangement<K> {
        self.order.follow(&scene.pictures);
        let room = Room::new(scene.stage, scene.gap);
        let cast = self.cast(scene);
        let mut tiles = Tiles {
            pictures: &scene.pictures,
            placed: Vec::new(),
        };
        let (page, pages) = match (cast.spotlight, cast.corner) {
            (Some(spotlight), Some(own)) => {
                let before = match self.used {
                    Used::Corner { upright } => Some(upright),
                    _ => None,
                };
                let upright = corner::upright(room, before);
                self.used = Used::Corner { upright };
                tiles.push(spotlight, room.whole(), Place::Spotlight);
                tiles.push(own, corner::rect(room, scene.below, upright), Place::Corner);
                (0, 1)
            }
            (Some(spotlight), None) if cast.others() == 0 => {
                self.used = Used::Nothing;
                tiles.push(spotlight, room.whole(), Place::Spotlight);
                (0, 1)
            }
            (Some(spotlight), None) => self.strip(scene, room, cast, spotlight, &mut tiles),
            (None, _) => self.grid(scene, room, cast, &mut tiles),
        };
        Arrangement {
            tiles: tiles.placed,
            page,
            pages,
        }
    }

    /// Who is in the spotlight, in the corner, and in the grid or the strip.
    fn cast(&mut self, scene: &Scene<K>) -> Cast {
        let kind = |index: usize| scene.pictures[index].kind;
        let people = self.order.all().filter(|index| kind(*index) == Kind::Person);
        // The first to join, wherever they stand by now.
        let (count, first) = (people.clone().count(), people.min());
        let own = self.order.all().find(|index| kind(*index) == Kind::Own);
        let own = own.filter(|_| !scene.hide_own || count == 0);
        let has_aside = self.order.all().any(|index| kind(index) == Kind::Aside);
        let newest_screen = self.order.all().filter(|index| kind(*index) == Kind::Screen).last();

        let find = |key: &Option<K>| key.as_ref().and_then(|key| self.order.find(key));
        let pinned = find(&scene.pinned).filter(|index| kind(*index) != Kind::Own || Some(*index) == own);
        let speaker = find(&scene.speaker).filter(|index| kind(*index) == Kind::Person);
        let spotlight = pinned.or(newest_screen).or(match (count, scene.view) {
            (0, _) => own,
            (1, _) => first,
            (_, View::Speaker) => speaker.or(first),
            (_, View::Grid) => None,
        });
        let speaking = scene.view == View::Speaker;
        self.change_spotlight(
            scene,
            spotlight.filter(|index| speaking && kind(*index) == Kind::Person),
        );

        let two = newest_screen.is_none() && !has_aside && count == 1 && spotlight == first;
        let others = |wanted| {
            let others = self.order.all().filter(move |index| Some(*index) != spotlight);
            others.filter(move |index| kind(*index) == wanted).collect::<Vec<_>>()
        };
        let own = own.filter(|own| Some(*own) != spotlight);
        Cast {
            spotlight,
            corner: own.filter(|_| two),
            screens: [others(Kind::Screen), others(Kind::Aside)].concat(),
            people: others(Kind::Person),
            own: own.filter(|_| !two),
        }
    }

    /// The one who leaves the spotlight takes the place of the one who enters it. If each went back to a place of their own, half of the strip
    /// would move with every change of the speaker.
    fn change_spotlight(&mut self, scene: &Scene<K>, person: Option<usize>) {
        let before = self.spotlight.as_ref().and_then(|key| self.order.find(key));
        let before = before.filter(|index| scene.pictures[*index].kind == Kind::Person);
        if let (Some(before), Some(person)) = (before, person)
            && before != person
        {
            self.order.swap(before, person);
        }
        self.spotlight = person.map(|index| scene.pictures[index].key.clone());
    }

    fn grid(&mut self, scene: &Scene<K>, room: Room, cast: Cast, tiles: &mut Tiles<'_, K>) -> (usize, usize) {
        let before = match self.used {
            Used::Grid { capacity, .. } => Some(capacity),
            _ => None,
        };
        let capacity = grid::capacity(room, before);
        let (shown, page, pages) = self.page(scene, cast, capacity);
        let before = match self.used {
            Used::Grid { count, shape, .. } if count == shown.len() => Some(shape),
            _ => None,
        };
        let aspects: Vec<f64> = shown.iter().map(|index| scene.pictures[*index].shape()).collect();
        let shape = grid::choose(room, &aspects, before);
        self.used = Used::Grid {
            capacity,
            count: shown.len(),
            shape,
        };
        for (index, rect) in shown.into_iter().zip(shape.cells(room, aspects.len())) {
            tiles.push(index, rect, Place::Grid);
        }
        (page, pages)
    }

    fn strip(
        &mut self,
        scene: &Scene<K>,
        room: Room,
        cast: Cast,
        spotlight: usize,
        tiles: &mut Tiles<'_, K>,
    ) -> (usize, usize) {
        let before = match self.used {
            Used::Strip { side, capacity } => Some((side, capacity)),
            _ => None,
        };
        let strip = strip::Strip::choose(
            (room, scene.below),
            cast.others(),
            scene.pictures[spotlight].shape(),
            before,
        );
        self.used = Used::Strip {
            side: strip.side,
            capacity: strip.capacity,
        };
        let (shown, page, pages) = self.page(scene, cast, strip.capacity);
        tiles.push(spotlight, strip.spotlight(), Place::Spotlight);
        for (cell, index) in shown.into_iter().enumerate() {
            tiles.push(index, strip.cell(cell), Place::Strip);
        }
        (page, pages)
    }

    /// What is shown on the wanted page, which page that is, and of how many.
    fn page(&mut self, scene: &Scene<K>, cast: Cast, capacity: usize) -> (Vec<usize>, usize, usize) {
        let Cast {
            screens,
            mut people,
            own,
            ..
        } = cast;
        let first = capacity - usize::from(own.is_some());
        self.order
            .bring_forward(&mut people, first.saturating_sub(screens.len()), &scene.active);
        let others = [screens, people].concat();
        let pages = 1 + others.len().saturating_sub(first).div_ceil(capacity);
        let page = scene.page.min(pages - 1);
        let begin = if page == 0 { 0 } else { first + (page - 1) * capacity };
        let end = (first + page * capacity).min(others.len());
        let mut shown = others[begin..end].to_vec();
        if page == 0 {
            shown.extend(own);
        }
        (shown, page, pages)
    }
}

impl Cast {
    fn others(&self) -> usize {
        self.screens.len() + self.people.len() + usize::from(self.own.is_some())
    }
}

struct Tiles<'a, K> {
    pictures: &'a [Picture<K>],
    placed: Vec<Placed<K>>,
}

impl<K: Clone> Tiles<'_, K> {
    fn push(&mut self, index: usize, rect: Rect, place: Place) {
        let key = self.pictures[index].key.clone();
        self.placed.push(Placed { key, rect, place });
    }
}
