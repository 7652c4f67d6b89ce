//! Who reaches whom, and how well, in words: the table of the panel of connections.

use protocol::{PeerId, PeerLink, Route};

/// What somebody has measured.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Who.
    pub(crate) from: PeerId,
    /// The connection to each other one.
    pub(crate) links: Vec<PeerLink>,
    /// How often it was asked for since.
    pub(crate) age: u8,
}

/// A row of the table, or a field of the row before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    /// Its ARIA role.
    pub(crate) role: &'static str,
    /// How it goes, for the style sheet.
    pub(crate) way: &'static str,
    /// Whom it is about, where there is no room for the heading.
    pub(crate) about: &'a str,
    /// On up to two lines.
    pub(crate) text: &'a str,
}

/// The table, row by row, the headings first. Handed over one by one, because lists of lists
/// weigh more.
pub(crate) fn table(people: &[(PeerId, String)], rows: &[Row], put: &mut dyn FnMut(Field<'_>)) {
    put(field("row", "", "", ""));
    put(field("columnheader", "", "", ""));
    for (_, name) in people {
        put(field("columnheader", "", "", name));
    }
    for (from, name) in people {
        let row = rows.iter().find(|row| row.from == *from);
        put(field("row", "", "", ""));
        put(field("rowheader", "", "", name));
        for (to, about) in people {
            let link = row.and_then(|row| row.links.iter().find(|link| link.peer == *to));
            let (way, text) = match link {
                _ if from == to => ("self", String::new()),
                Some(link) => says(*link),
                None => ("", "Unknown".into()),
            };
            put(field("cell", way, about, &text));
        }
    }
}

const fn field<'a>(role: &'static str, way: &'static str, about: &'a str, text: &'a str) -> Field<'a> {
    Field { role, way, about, text }
}

/// A link as its kind and in words, line by line.
fn says(link: PeerLink) -> (&'static str, String) {
    let (way, over) = match link.route {
        Route::None => return ("none", "Not connected".into()),
        Route::DirectUdp => ("direct", "Direct, UDP\n"),
        Route::DirectTcp => ("direct", "Direct, TCP\n"),
        Route::RelayedUdp => ("relayed", "Relayed, UDP\n"),
        Route::RelayedTcp => ("relayed", "Relayed, TCP\n"),
        Route::RelayedTls => ("relayed", "Relayed, TLS\n"),
    };
    let round_trip = link.round_trip_ms.map_or_else(|| "?".into(), |ms| ms.to_string());
    let lost = link.lost_permille;
    let [lost, tenth] = [lost / 10, lost % 10].map(|part| part.to_string());
    (
        way,
        [over, &round_trip, " ms, ", &lost, ".", &tenth, " % lost"].concat(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> PeerId {
        PeerId::from_random_bytes([number; 16])
    }

    fn link(to: u8, route: Route, round_trip_ms: Option<u32>, lost_permille: u32) -> PeerLink {
        PeerLink {
            peer: id(to),
            route,
            round_trip_ms,
            lost_permille,
        }
    }

    fn row_of(from: u8, links: Vec<PeerLink>) -> Row {
        Row {
            from: id(from),
            links,
            age: 0,
        }
    }

    fn texts(people: &[(PeerId, String)], rows: &[Row]) -> Vec<Vec<String>> {
        let mut texts: Vec<Vec<String>> = Vec::new();
        table(people, rows, &mut |field| match field.role {
            "row" => texts.push(Vec::new()),
            _ => texts.last_mut().expect("a row").push(field.text.replace('\n', "; ")),
        });
        texts
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
                ["", "You", "Ada", "Ben"],
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
        assert_eq!(texts[1], ["You", "", "Unknown", "Unknown"]);
        assert_eq!(texts[3], ["Ben", "Unknown", "Unknown", ""]);
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
