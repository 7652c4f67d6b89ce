//! The servers under load, as processes that end with the measurement.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::loopback::Loopback;
use crate::seat::Server;

/// Longest wait for a server's port.
const START: Duration = Duration::from_secs(20);

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
                tokio::time::sleep(Duration::from_millis(20)).await;
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
}

/// Starts Parlour's binary. The limit on messages is raised: one connection stands for many people here.
pub(crate) async fn parlour(binary: &Path, rooms: usize) -> Result<(Running, Server)> {
    let port = Loopback::free()?;
    let mut command = Command::new(binary);
    command
        .arg("--listen")
        .arg(port.to_string())
        .args([
            "--log-level",
            "error",
            "--message-rate",
            "10000000",
            "--message-burst",
            "10000000",
        ])
        .arg("--max-rooms")
        .arg((rooms + 100).to_string());
    Ok((Running::start(command, &[port]).await?, Server::Parlour(port)))
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
