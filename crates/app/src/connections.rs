//! Who reaches whom, and how well, in words: the table of the panel "Connections".

use protocol::{PeerId, PeerStats, Route};

use crate::texts::texts;

/// What somebody has measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Who.
    pub from: PeerId,
    /// The connection to each other one.
    pub stats: Vec<PeerStats>,
    /// How often it was asked for since.
    pub age: u8,
}

/// How one person reaches the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The person.
    pub(crate) name: String,
    /// For each person, in the order of the headings.
    pub(crate) cells: Vec<Cell>,
}

/// How one person reaches one other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// The other's name, shown instead of the headings in little room.
    pub(crate) about: String,
    /// How, for the style sheet.
    pub(crate) way: &'static str,
    /// How and how well, on up to two lines.
    pub(crate) text: String,
}

/// One line for each person, in their order.
pub(crate) fn table(people: &[(PeerId, String)], rows: &[Row]) -> Vec<Line> {
    let line = |(from, name): &(PeerId, String)| {
        let row = rows.iter().find(|row| row.from == *from);
        let cell = |(to, about): &(PeerId, String)| {
            let link = row.and_then(|row| row.stats.iter().find(|link| link.peer == *to));
            let (way, text) = match link {
                _ if from == to => ("self", String::new()),
                Some(link) => says(*link),
                None => ("", texts().connections.unknown.into()),
            };
            Cell {
                about: about.clone(),
                way,
                text,
            }
        };
        Line {
            name: name.clone(),
            cells: people.iter().map(cell).collect(),
        }
    };
    people.iter().map(line).collect()
}

/// A link as its kind and in words, line by line.
fn says(link: PeerStats) -> (&'static str, String) {
    let way = match link.route {
        Route::None => "none",
        Route::DirectUdp | Route::DirectTcp => "direct",
        Route::RelayedUdp | Route::RelayedTcp | Route::RelayedTls => "relayed",
        // What only a newer page knows.
        Route::Other(_) => "",
    };
    let words = texts().connections;
    let route = (words.route)(link.route);
    let text = match link.route {
        Route::None => route.into(),
        _ => [route, "\n", &(words.quality)(link.round_trip_ms, link.lost_permille)].concat(),
    };
    (way, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> PeerId {
        PeerId::from_random_bytes([number; 16])
    }

    fn link(to: u8, route: Route, round_trip_ms: Option<u32>, lost_permille: u32) -> PeerStats {
        PeerStats {
            peer: id(to),
            route,
            round_trip_ms,
            lost_permille,
        }
    }

    fn row_of(from: u8, stats: Vec<PeerStats>) -> Row {
        Row {
            from: id(from),
            stats,
            age: 0,
        }
    }

    fn texts(people: &[(PeerId, String)], rows: &[Row]) -> Vec<Vec<String>> {
        let line = |line: Line| {
            let cells = line.cells.into_iter().map(|cell| cell.text.replace('\n', "; "));
            std::iter::once(line.name).chain(cells).collect()
        };
        table(people, rows).into_iter().map(line).collect()
    }

    /// Oneself, Ada and Ben.
    fn people() -> Vec<(PeerId, String)> {
        vec![(id(0), "You".into()), (id(1), "Ada".into()), (id(2), "Ben".into())]
    }

    #[test]
    fn everybody_has_a_row_and_the_own_one_is_first() {
        let rows = [
            row_of(
                1,
                vec![
                    link(0, Route::DirectUdp, Some(25), 0),
                    link(2, Route::RelayedTls, Some(48), 5),
                ],
            ),
            row_of(
                0,
                vec![link(1, Route::DirectUdp, Some(24), 0), link(2, Route::None, None, 0)],
            ),
        ];
        assert_eq!(
            texts(&people(), &rows),
            [
                ["You", "", "Direct, UDP; 24 ms, 0.0 % lost", "Not connected"],
                [
                    "Ada",
                    "Direct, UDP; 25 ms, 0.0 % lost",
                    "",
                    "Relayed, TLS; 48 ms, 0.5 % lost"
                ],
                // An older page, which does not answer.
                ["Ben", "Unknown", "Unknown", ""],
            ]
        );
    }

    #[test]
    fn until_anything_is_measured_all_is_unknown() {
        let texts = texts(&people(), &[]);
        assert_eq!(texts[0], ["You", "", "Unknown", "Unknown"]);
        assert_eq!(texts[2], ["Ben", "Unknown", "Unknown", ""]);
    }

    #[test]
    fn links_to_strangers_have_no_column() {
        let rows = [row_of(0, vec![link(7, Route::DirectUdp, Some(1), 0)])];
        assert!(
            !texts(&people(), &rows)
                .concat()
                .contains(&"Direct, UDP; 1 ms, 0.0 % lost".into())
        );
    }

    #[test]
    fn every_route_is_said_in_words() {
        for (route, way, words) in [
            (Route::None, "none", "Not connected"),
            (Route::DirectUdp, "direct", "Direct, UDP"),
            (Route::DirectTcp, "direct", "Direct, TCP"),
            (Route::RelayedUdp, "relayed", "Relayed, UDP"),
            (Route::RelayedTcp, "relayed", "Relayed, TCP"),
            (Route::RelayedTls, "relayed", "Relayed, TLS"),
        ] {
            let (is, text) = says(link(1, route, None, 0));
            assert_eq!((is, text.lines().next()), (way, Some(words)));
        }
        let (_, text) = says(link(1, Route::DirectUdp, Some(0), 1000));
        assert_eq!(text, "Direct, UDP\n0 ms, 100.0 % lost");
    }
}
