//! The division of what there is among all pictures: a pure function of what is wanted and of the limits.

use crate::SmallMap;
use protocol::PeerId;

use super::rung::Rung;
use crate::source::Source;

/// How many halves a probe takes: enough for the bits of the next rung, however far that is.
const PROBE: usize = 6;

/// Who gets something first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// A screen that somebody looks at.
    Looked,
    /// A picture that fills the stage: pinned there, or the one who speaks.
    Stage,
    /// Everything else.
    Rest,
}

/// One picture that is to be sent.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    pub(super) peer: PeerId,
    pub(super) source: Source,
    pub(super) class: Class,
    /// From the least to the most that is wanted; never empty.
    pub(super) ladder: Vec<Rung>,
}

/// What there is for pictures. Infinite where no limit is known.
#[derive(Clone, Debug)]
pub(super) struct Room {
    /// In bit/s, for each peer: what may be counted on, and what may be sent beyond that.
    pub(super) paths: SmallMap<PeerId, f64>,
    pub(super) extra: SmallMap<PeerId, f64>,
    /// In bit/s, for all peers together.
    pub(super) uplink: f64,
    /// In pixels a second. At the least rung nothing is refused for its sake.
    pub(super) work: f64,
}

/// Who gets what, and which limits stood in the way.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Division {
    /// The index into the ladder of each demand, in their order; nothing where not even the least fits.
    pub(super) rungs: Vec<Option<usize>>,
    /// The bit rate of each demand, in bit/s.
    pub(super) bitrates: Vec<u32>,
    pub(super) paths: SmallMap<PeerId, ()>,
    pub(super) uplink: bool,
    pub(super) work: bool,
}

/// First everybody's least, the more important first; then class by class, each time one rung for the one that has least, so that nobody goes
/// without while another has plenty.
pub(super) fn divide(demands: &[Demand], mut room: Room) -> Division {
    let mut division = Division {
        rungs: vec![None; demands.len()],
        bitrates: vec![0; demands.len()],
        ..Division::default()
    };
    let classes = [Class::Looked, Class::Stage, Class::Rest];
    let of = |class| (0..demands.len()).filter(move |index| demands[*index].class == class);
    room.work = room.work.max(least_work(demands));
    for index in classes.into_iter().flat_map(of) {
        raise(&demands[index], index, &mut room, &mut division);
    }
    for class in classes {
        let mut open: Vec<usize> = of(class).filter(|index| division.rungs[*index].is_some()).collect();
        let work = |division: &Division, index: usize| {
            division.rungs[index].map_or(0.0, |rung| demands[index].ladder[rung].work)
        };
        while let Some(place) =
            (0..open.len()).min_by(|a, b| work(&division, open[*a]).total_cmp(&work(&division, open[*b])))
        {
            let index = open[place];
            if !raise(&demands[index], index, &mut room, &mut division) {
                open.remove(place);
            }
        }
        leave_room(demands, class, &mut room, &division);
    }
    for (id, extra) in std::mem::take(&mut room.extra) {
        *room.paths.entry(id).or_default() += extra;
    }
    for index in classes.into_iter().flat_map(of) {
        enrich(&demands[index], index, &mut room, &mut division);
    }
    division
}

/// The work of everybody's least.
pub(super) fn least_work(demands: &[Demand]) -> f64 {
    demands.iter().map(|demand| demand.ladder[0].work).sum()
}

/// More bits than the rung needs, where some are left: in halves, so that a limit that moves a little changes nothing. Where a path
/// stands in the way of a larger rung, more bits than the rung has a use for show whether it still does.
fn enrich(demand: &Demand, index: usize, room: &mut Room, division: &mut Division) {
    let Some(rung) = division.rungs[index].map(|rung| demand.ladder[rung]) else {
        return;
    };
    let half = (rung.most - rung.least) / 2;
    let path = room.paths.entry(demand.peer).or_insert(f64::INFINITY);
    let halves = if division.paths.contains_key(&demand.peer) {
        PROBE
    } else {
        2
    };
    for _ in 0..halves {
        if f64::from(half) > *path {
            division.paths.insert(demand.peer, ());
        } else if f64::from(half) <= room.uplink {
            *path -= f64::from(half);
            room.uplink -= f64::from(half);
            division.bitrates[index] += half;
        } else {
            // The uplink leaves no bits to show what the path carries.
            division.uplink |= halves == PROBE;
        }
    }
}

/// One rung up, if there is one and it fits.
fn raise(demand: &Demand, index: usize, room: &mut Room, division: &mut Division) -> bool {
    let now = division.rungs[index];
    let next = now.map_or(0, |rung| rung + 1);
    let Some(rung) = demand.ladder.get(next) else {
        return false;
    };
    let has = now.map(|rung| demand.ladder[rung]);
    let bits = f64::from(rung.least) - has.map_or(0.0, |rung| f64::from(rung.least));
    let work = rung.work - has.map_or(0.0, |rung| rung.work);
    let path = room.paths.entry(demand.peer).or_insert(f64::INFINITY);
    let (fits_path, fits_uplink) = (bits <= *path, bits <= room.uplink);
    // Rounding must not refuse the least.
    let fits_work = work <= room.work || now.is_none();
    if !fits_path {
        division.paths.insert(demand.peer, ());
    }
    division.uplink |= !fits_uplink;
    division.work |= !fits_work;
    let fits = fits_path && fits_uplink && fits_work;
    if fits {
        *path -= bits;
        room.uplink -= bits;
        room.work -= work;
        division.rungs[index] = Some(next);
        division.bitrates[index] = rung.least;
    }
    fits
}

/// What of this class is held down by its path alone competes there with the other connections of this page. It grows only if
/// those leave it the room, so the classes behind it do not get that.
fn leave_room(demands: &[Demand], class: Class, room: &mut Room, division: &Division) {
    if !room.uplink.is_finite() {
        return;
    }
    for (demand, rung) in demands.iter().zip(&division.rungs) {
        if demand.class == class && division.paths.contains_key(&demand.peer) {
            let has = rung.map_or(0, |rung| demand.ladder[rung].least);
            let next = rung.map_or(0, |rung| rung + 2).min(demand.ladder.len() - 1);
            let gap = demand.ladder[next].least.saturating_sub(has);
            room.uplink = (room.uplink - f64::from(gap)).max(0.0);
        }
    }
}
