//! The servers under load, as processes that end with the measurement.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::loopback::Loopback;
use crate::seat::Server;

/// Longest wait for a server's port.
const START: Duration = Duration::from_secs(20);

/// Longest wait for a server that was asked to stop.
const STOP: Duration = Duration::from_secs(10);

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
    state: TempDir,
    flags: Vec<String>,
}

impl Parlour {
    /// A server for so many rooms. The limit on messages is raised: one connection stands for many people here.
    pub(crate) fn new(binary: &Path, rooms: usize) -> Result<Self> {
        Ok(Self {
            binary: binary.to_owned(),
            port: Loopback::free()?,
            state: TempDir::new().context("cannot make a folder for the server's state")?,
            flags: vec!["--max-rooms".into(), (rooms + 100).to_string()],
        })
    }

    /// How long it keeps the seats of those whose sockets are lost.
    pub(crate) fn with_grace(mut self, grace: Duration) -> Self {
        self.flags.extend(["--grace".into(), grace.as_secs().to_string()]);
        self
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> Loopback {
        self.port
    }

    /// Starts it and waits until it listens.
    pub(crate) async fn start(&self) -> Result<Running> {
        let mut command = Command::new(&self.binary);
        command
            .arg("--listen")
            .arg(self.port.to_string())
            .arg("--state-dir")
            .arg(self.state.path())
            .args(["--log-level", "error"])
            .args(["--message-rate", "10000000", "--message-burst", "10000000"])
            .args(&self.flags);
        Running::start(command, &[self.port]).await
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
