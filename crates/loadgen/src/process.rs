//! The servers under load, as processes that end with the measurement.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use protocol::ServerMessage;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::loopback::Loopback;
use crate::member;
use crate::seat::Server;
use crate::turn::Login;
use crate::websocket::Socket;

/// Longest wait for a server's port.
const START: Duration = Duration::from_secs(20);

/// Longest wait for a server that was asked to stop.
const STOP: Duration = Duration::from_secs(10);

/// Bytes a second: more than this machine can carry.
const RELAY_BANDWIDTH: u64 = 100_000_000_000;

/// Allocations that one seat of Parlour is asked for; it may have 56.
const PER_SEAT: usize = 50;

/// A TURN server, and those who may use it.
pub(crate) struct TurnServer {
    pub(crate) address: SocketAddr,
    logins: Vec<Login>,
    /// Who leaves loses the credentials.
    _seats: Vec<Socket>,
}

impl TurnServer {
    /// Whose the allocation of this number is.
    pub(crate) fn login(&self, nth: usize) -> &Login {
        &self.logins[nth / PER_SEAT % self.logins.len()]
    }
}

/// A server that was started for one measurement and is killed after it.
pub(crate) struct Running {
    child: Child,
    process: u32,
}

impl Running {
    async fn start(mut command: Command, ports: &[Loopback]) -> Result<Self> {
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let process = child.id().with_context(|| format!("{name} ended at once"))?;
        let deadline = Instant::now() + START;
        for port in ports {
            while TcpStream::connect(port.address()).await.is_err() {
                if let Some(status) = child.try_wait()? {
                    bail!("{name} ended before it listened: {status}");
                }
                if Instant::now() > deadline {
                    bail!("{name} does not listen on {port} after {} s", START.as_secs());
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        Ok(Self { child, process })
    }

    /// Its process id.
    pub(crate) fn process(&self) -> u32 {
        self.process
    }

    /// Kills it and waits until it is gone.
    pub(crate) async fn stop(mut self) -> Result<()> {
        self.child.kill().await.context("cannot stop a server")
    }

    /// Asks it to stop (SIGTERM) and waits until it has ended well.
    pub(crate) async fn terminate(mut self) -> Result<()> {
        let asked = Command::new("kill").arg(self.process.to_string()).status().await;
        ensure!(
            asked.context("cannot run kill")?.success(),
            "a server cannot be asked to stop"
        );
        let status = timeout(STOP, self.child.wait())
            .await
            .context("a server that was asked to stop goes on")??;
        ensure!(status.success(), "a server that was asked to stop ended with {status}");
        Ok(())
    }
}

/// Parlour's binary, with a port and a folder of its own. Started again, it is the same server as before.
pub(crate) struct Parlour {
    binary: PathBuf,
    port: Loopback,
    numbers: Loopback,
    state: TempDir,
    flags: Vec<String>,
}

impl Parlour {
    /// A server for so many rooms. The limits on messages and for each address are raised: one stands for many people here.
    pub(crate) fn new(binary: &Path, rooms: usize) -> Result<Self> {
        let mut parlour = Self::with_usual_limits(binary)?;
        parlour.flags = vec!["--max-rooms".into(), (rooms + 100).to_string()];
        let raised = [
            // All people come from a few addresses, and soon lose their sockets.
            ["--per-address", "10000"],
            ["--grace-after", "0"],
            ["--message-rate", "10000000"],
            ["--message-burst", "10000000"],
        ];
        parlour
            .flags
            .extend(raised.as_flattened().iter().copied().map(String::from));
        Ok(parlour)
    }

    /// A server as it stands on the internet.
    fn with_usual_limits(binary: &Path) -> Result<Self> {
        Ok(Self {
            binary: binary.to_owned(),
            port: Loopback::free()?,
            numbers: Loopback::free()?,
            state: TempDir::new().context("cannot make a folder for the server's state")?,
            flags: Vec::new(),
        })
    }

    /// How long it keeps the seats of those whose sockets are lost.
    pub(crate) fn with_grace(mut self, grace: Duration) -> Self {
        self.flags.extend(["--grace".into(), grace.as_secs().to_string()]);
        self
    }

    /// Lets it relay for this machine, so many bytes a second where that is not the usual number.
    fn with_relay(mut self, bandwidth: Option<u64>) -> Self {
        let flags = ["--turn-listen", "127.0.0.1:0", "--external-ip", "127.0.0.1"];
        self.flags.extend(flags.map(String::from));
        if let Some(bandwidth) = bandwidth {
            self.flags.extend(["--relay-bandwidth".into(), bandwidth.to_string()]);
        }
        self
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> Loopback {
        self.port
    }

    /// Where it says how much goes on.
    pub(crate) fn numbers(&self) -> Loopback {
        self.numbers
    }

    /// Starts it and waits until it listens.
    pub(crate) async fn start(&self) -> Result<Running> {
        let mut command = Command::new(&self.binary);
        command
            .arg("--listen")
            .arg(self.port.to_string())
            .arg("--metrics-listen")
            .arg(self.numbers.to_string())
            .arg("--state-dir")
            .arg(self.state.path())
            .args(["--log-level", "error"])
            .args(&self.flags);
        Running::start(command, &[self.port, self.numbers]).await
    }
}

/// Starts the reference in its folder. `hook` lifts PeerServer's limit of 5,000 participants.
pub(crate) async fn reference(folder: &Path, hook: &Path) -> Result<(Running, Server)> {
    let (rooms, peers) = (Loopback::free()?, Loopback::free()?);
    let mut command = Command::new("node");
    command
        .arg("--require")
        .arg(hook)
        .arg("server.js")
        .current_dir(folder)
        .env("NODE_ENV", "production")
        .env("PORT", rooms.port().to_string())
        .env("PEER_PORT", peers.port().to_string());
    Ok((
        Running::start(command, &[rooms, peers]).await?,
        Server::Reference { rooms, peers },
    ))
}

/// Starts the relay without rooms ([`crate::bare_relay`]).
pub(crate) async fn bare_relay() -> Result<(Running, Loopback)> {
    let port = Loopback::free()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bare-relay", "--listen"]).arg(port.to_string());
    Ok((Running::start(command, &[port]).await?, port))
}

/// Starts Parlour with its relay, and takes as many seats as so many allocations need: credentials come with a seat.
pub(crate) async fn parlour_relay(binary: &Path, allocations: usize) -> Result<(Running, Parlour, TurnServer)> {
    let seats = allocations / PER_SEAT + 1;
    let parlour = Parlour::new(binary, seats)?.with_relay(Some(RELAY_BANDWIDTH));
    let running = parlour.start().await?;
    let server = take_seats(parlour.address(), seats).await?;
    Ok((running, parlour, server))
}

/// Starts Parlour with TLS and all of its usual limits.
pub(crate) async fn parlour_with_tls(binary: &Path) -> Result<(Running, Parlour)> {
    let mut parlour = Parlour::with_usual_limits(binary)?;
    let flags = ["--tls", "self-signed", "--turn-listen", "off"];
    parlour.flags.extend(flags.map(String::from));
    Ok((parlour.start().await?, parlour))
}

/// Starts Parlour with its relay and all of its usual limits, and takes one seat.
pub(crate) async fn parlour_on_the_internet(binary: &Path) -> Result<(Running, Parlour, TurnServer)> {
    let parlour = Parlour::with_usual_limits(binary)?.with_relay(None);
    let running = parlour.start().await?;
    let server = take_seats(parlour.address(), 1).await?;
    Ok((running, parlour, server))
}

async fn take_seats(parlour: Loopback, seats: usize) -> Result<TurnServer> {
    let (mut address, mut logins, mut sockets) = (None, Vec::new(), Vec::new());
    for nth in 0..seats {
        let join = member::join(&format!("turn-{nth}"), "somebody", None);
        let (socket, answer) = member::ask(parlour, nth, &join).await?;
        let ServerMessage::Joined { ice_servers, .. } = answer else {
            bail!("a join is answered by something else than `joined`");
        };
        let relay = ice_servers.into_iter().find_map(|server| {
            let url = server
                .urls
                .iter()
                .find_map(|url| url.strip_prefix("turn:")?.strip_suffix("?transport=udp")?.parse().ok())?;
            let (username, password) = (server.username?, server.credential?);
            Some((url, Login { username, password }))
        });
        let (url, login) = relay.context("a seat comes with no relay")?;
        address = Some(url);
        logins.push(login);
        sockets.push(socket);
    }
    Ok(TurnServer {
        address: address.context("at least one seat is taken")?,
        logins,
        _seats: sockets,
    })
}

/// Starts coturn with its defaults, but for its log and that allocations may reach each other on the loopback interface. `None` where it is not installed.
pub(crate) async fn coturn() -> Result<Option<(Running, TurnServer)>> {
    let found = Command::new("turnserver")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await;
    if found.is_err() {
        return Ok(None);
    }
    let port = Loopback::free()?;
    let login = Login {
        username: "user".into(),
        password: "password".into(),
    };
    let mut command = Command::new("turnserver");
    command
        .args([
            "-n",
            "--listening-ip",
            "127.0.0.1",
            "--relay-ip",
            "127.0.0.1",
            "--allow-loopback-peers",
        ])
        .arg("--listening-port")
        .arg(port.port().to_string())
        .args(["--lt-cred-mech", "--realm", "bench", "--user"])
        .arg(format!("{}:{}", login.username, login.password))
        .args([
            "--no-cli",
            "--no-tls",
            "--no-dtls",
            "--log-file",
            "/dev/null",
            "--pidfile",
            "/dev/null",
        ])
        .stderr(Stdio::null());
    let server = TurnServer {
        address: port.address(),
        logins: vec![login],
        _seats: Vec::new(),
    };
    Ok(Some((Running::start(command, &[port]).await?, server)))
}
