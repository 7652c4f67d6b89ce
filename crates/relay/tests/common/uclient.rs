//! coturn's own test client, where it is installed.

use std::io::{ErrorKind, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use tokio::task::spawn_blocking;

use super::net::soon;

/// Clients at the same time, and messages that each of them sends.
const CLIENTS: u64 = 4;
const MESSAGES: u64 = 500;

/// What went and what came back, by `turnutils_uclient`'s own count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Count {
    pub sent: u64,
    pub received: u64,
}

/// Lets `turnutils_uclient` send messages through the relay at `address` and back. `None`, and it is said so, where it is not
/// installed.
pub async fn there_and_back(address: SocketAddr, username: &str, password: &str, flags: &[&str]) -> Option<Count> {
    let (clients, messages) = (CLIENTS.to_string(), MESSAGES.to_string());
    let started = Command::new("turnutils_uclient")
        .args(["-u", username, "-w", password, "-p", &address.port().to_string()])
        .args(["-m", &clients, "-n", &messages, "-l", "900", "-z", "5"])
        .args(flags)
        .arg(address.ip().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut program = match started {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: turnutils_uclient is not installed (apt-get install coturn)");
            return None;
        }
        started => Program(started.unwrap()),
    };
    let (out, err) = (program.0.stdout.take().unwrap(), program.0.stderr.take().unwrap());
    let (out, err) = (spawn_blocking(|| all_of(out)), spawn_blocking(|| all_of(err)));
    let text = async { out.await.unwrap() + &err.await.unwrap() };
    let text = soon("the end of turnutils_uclient", text).await;
    assert!(program.0.wait().unwrap().success(), "{text}");
    let count = |name: &str| {
        let (_, rest) = text.rsplit_once(&format!("{name}=")).expect(&text);
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap();
        digits.parse().expect(&text)
    };
    let count = Count {
        sent: count("tot_send_msgs"),
        received: count("tot_recv_msgs"),
    };
    assert_eq!(count.sent, CLIENTS * MESSAGES, "{text}");
    Some(count)
}

/// Ends with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn all_of(mut pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
