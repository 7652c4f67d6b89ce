//! What a Parlour server says of itself at `/metrics`.

use anyhow::{Context, Result, ensure};
use client::http::Connection;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::loopback::Loopback;
use crate::websocket::PATIENCE;

/// Numbers of this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Metrics {
    /// WebSockets that are open.
    pub(crate) sockets: u64,
    /// People in rooms, those included who are away.
    pub(crate) seats: u64,
    /// Those who are away.
    pub(crate) away: u64,
    /// Rooms with somebody in them.
    pub(crate) rooms: u64,
}

impl Metrics {
    /// Whether the server has forgotten everybody.
    pub(crate) fn is_empty(&self) -> bool {
        self.sockets + self.seats + self.away + self.rooms == 0
    }
}

/// Reads them.
pub(crate) async fn read(server: Loopback) -> Result<Metrics> {
    parse(&ask(server, "/metrics").await?).context("/metrics lacks a number that was expected")
}

/// Whether the server is there and takes people in.
pub(crate) async fn is_well(server: Loopback) -> bool {
    ask(server, "/healthz").await.is_ok()
}

async fn ask(server: Loopback, path: &str) -> Result<String> {
    let stream = timeout(PATIENCE, TcpStream::connect(server.address())).await??;
    let mut connection = Connection::over(stream, server.to_string()).await?;
    let answer = connection.get(path, PATIENCE).await?;
    ensure!(answer.status() == 200, "{path} is answered with {}", answer.status());
    Ok(String::from_utf8(answer.into_body().into())?)
}

fn parse(text: &str) -> Option<Metrics> {
    let value = |name: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.trim().parse().ok()
    };
    Some(Metrics {
        sockets: value("parlour_sockets")?,
        seats: value("parlour_seats")?,
        away: value("parlour_seats_away")?,
        rooms: value("parlour_rooms")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_by_their_whole_names() {
        let text = "# HELP parlour_seats People.\n# TYPE parlour_seats gauge\n\
                    parlour_seats_away 2\nparlour_seats 5\nparlour_rooms 3\nparlour_sockets 4\n";
        let expected = Metrics {
            sockets: 4,
            seats: 5,
            away: 2,
            rooms: 3,
        };
        assert_eq!(parse(text), Some(expected));
        assert_eq!(parse("parlour_seats 5\n"), None);
    }
}
