//! A server in this process, for as long as the checks take.

use ::doctor::Started;
use futures_util::{FutureExt as _, StreamExt as _};
use site::Site;
use tokio::sync::oneshot;

use crate::certificate;
use crate::config::Config;
use crate::error::StartError;
use crate::listening::{self, Listening};

/// Starts one with these flags; else why not, for the operator.
pub(super) async fn start(config: &Config, site: Site) -> Result<Started, String> {
    open(config, site).await.map_err(|why| why.to_string())
}

/// It keeps nothing: a seat key or a certificate would belong to the user of the doctor, and the server's own user could not read
/// it. It asks no certificate authority, which bounds how often it is asked.
async fn open(config: &Config, site: Site) -> Result<Started, StartError> {
    let web = Listening::bind(config).await?;
    let local = web.local_addr().map_err(StartError::System)?;
    let tls = certificate::passing(config, local.ip())?;
    let turn = listening::relay(config, local, None, tls.as_ref()).await?;
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
    let stop = Box::pin(async {
        drop(stop);
        // Within 5 seconds, and at once when nobody is there. What it would say has shown itself in the checks.
        let _ = task.await;
    });
    Ok(Started { local, stop })
}
