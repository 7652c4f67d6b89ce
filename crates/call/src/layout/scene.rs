//! What is to be arranged, and what comes out.

use super::geometry::{Rect, Size};

/// What is assumed of a picture whose shape is unknown.
const USUAL: f64 = 16.0 / 9.0;
/// The longest and the most upright picture that is believed.
const LONGEST: f64 = 4.0;

/// What the person has chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Everyone equally large.
    #[default]
    Grid,
    /// One in the spotlight: who speaks.
    Speaker,
}

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody else's camera, or what stands for it while it is off.
    Person,
    /// The person's own camera. There is one at most, others are left out.
    Own,
    /// A shared screen.
    Screen,
    /// A shared screen that asks for no room on the stage: the own one, and one that was put aside.
    Aside,
}

/// A picture of the call.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture<K> {
    /// Names it. Of several with the same key the first counts.
    pub key: K,
    /// What it shows.
    pub kind: Kind,
    /// Its width by its height, as it comes. 0, negative or not finite: unknown.
    pub aspect: f64,
}

impl<K> Picture<K> {
    /// Its width by its height, within bounds.
    pub(super) fn shape(&self) -> f64 {
        if self.aspect.is_finite() && self.aspect > 0.0 {
            self.aspect.clamp(1.0 / LONGEST, LONGEST)
        } else {
            USUAL
        }
    }
}

/// All that an arrangement follows from, apart from the one before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene<K> {
    /// The room for all tiles.
    pub stage: Size,
    /// Grid or Speaker. A shared screen and a pin have the spotlight in both.
    pub view: View,
    /// In the order of joining; screens in the order in which they were shared, oneself anywhere.
    pub pictures: Vec<Picture<K>>,
    /// What the person wants in the spotlight. Ignored when it is not among the pictures, or hidden.
    pub pinned: Option<K>,
    /// Who has the spotlight of [`View::Speaker`]. Without one it is the first person.
    pub speaker: Option<K>,
    /// Who spoke lately, the newest first. They are brought to the first page.
    pub active: Vec<K>,
    /// Oneself is not shown as long as somebody else is there.
    pub hide_own: bool,
    /// The wanted page of the grid or the strip, from 0.
    pub page: usize,
    /// CSS pixels between two tiles. Rounded to whole ones, and smaller on a tiny stage.
    pub gap: f64,
    /// CSS pixels that stay free below a strip at the bottom, and below the corner of a stage that is not wide: what floats there would lie
    /// on faces.
    pub below: f64,
}

/// Where everything stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrangement<K> {
    /// What is shown: the spotlight, then the grid or the strip in the order of reading, or the corner. What is not among them is on
    /// another page, or hidden.
    pub tiles: Vec<Placed<K>>,
    /// Which page of the grid or the strip this is, from 0: the wanted one, or the last.
    pub page: usize,
    /// How many pages there are, at least 1.
    pub pages: usize,
}

/// A picture in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed<K> {
    /// Names the picture.
    pub key: K,
    /// Where it stands, from the upper left corner of the stage.
    pub rect: Rect,
    /// What kind of place that is.
    pub place: Place,
}

/// The kind of place in which a picture stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// One of several of about the same size.
    Grid,
    /// The large one, or the only one.
    Spotlight,
    /// Beside or below the spotlight.
    Strip,
    /// Oneself, on top of the other one's picture.
    Corner,
}
