//! A server in this process, for as long as the checks take.

use futures_util::{FutureExt as _, StreamExt as _};
use std::net::SocketAddr;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::certificate;
use crate::config::Config;
use crate::error::StartError;
use crate::listening::Listening;
use crate::site::Site;
use crate::turn::Turn;

/// A server that runs until it is told to stop.
pub(super) struct Own {
    pub(super) local: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), StartError>>,
}

impl Own {
    /// Starts one with these flags that keeps nothing: a seat key or a certificate would belong to the user of the doctor, and the
    /// server's own user could not read it. It asks no certificate authority, which bounds how often it is asked.
    pub(super) async fn start(config: &Config, site: Site) -> Result<Self, StartError> {
        let web = Listening::bind(config).await?;
        let local = web.local_addr().map_err(StartError::System)?;
        let tls = certificate::passing(config, local.ip())?;
        let turn = Turn::bind(config, local, None, tls.as_ref()).await?;
        let listening = Listening {
            web,
            redirect: None,
            metrics: None,
            tls,
            turn,
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let config = config.clone();
        let task = tokio::spawn(async {
            // Dropping the other end stops it as well.
            let stop = stopped.into_stream().map(drop);
            crate::run(config, None, site, listening, stop).await
        });
        Ok(Self { local, stop, task })
    }

    /// Stops it and waits until it has stopped: within 5 seconds, and at once when nobody is there.
    pub(super) async fn stop(self) {
        drop(self.stop);
        // What it would say has shown itself in the checks.
        let _ = self.task.await;
    }
}
