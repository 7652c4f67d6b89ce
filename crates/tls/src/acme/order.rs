//! One try to get a certificate (RFC 8555), with the proof on the port of HTTPS itself (RFC 8737).

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, CertificateIdentifier, ChallengeType, ExternalAccountKey, Identifier, NewAccount,
    NewOrder, Order, OrderStatus, Problem, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio::time::timeout;

use super::Acme;
use super::http::Http;
use super::trouble::{Stage, Trouble};
use crate::accept::ACME;
use crate::certificates::Certificates;

/// A try must be over within this time.
const TRY: Duration = Duration::from_secs(5 * 60);

/// How the authority is asked whether it is done: after a quarter of a second, then ever less often.
const PATIENCE: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(90));

/// Key and chain in PEM, the key first. `replaces` is the certificate that is there.
pub(super) async fn order(
    acme: &Acme,
    certificates: &Certificates,
    replaces: Option<&CertificateIdentifier<'_>>,
) -> Result<String, Trouble> {
    let http = Http::new(acme.client.clone());
    let attempt = Try {
        acme,
        certificates,
        replaces,
        http: &http,
    };
    let late = |_| Err(Trouble::of(&instant_acme::Error::Timeout(None), Stage::Other));
    let done = timeout(TRY, attempt.run()).await.unwrap_or_else(late);
    done.map_err(|trouble| Trouble {
        retry_after: http.retry_after(),
        ..trouble
    })
}

struct Try<'a> {
    acme: &'a Acme,
    certificates: &'a Certificates,
    replaces: Option<&'a CertificateIdentifier<'a>>,
    http: &'a Http,
}

/// As long as the authority may come and look.
struct Expected<'a>(&'a Certificates);

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        self.0.expect_challenge(None);
    }
}

fn failed(stage: Stage) -> impl Fn(instant_acme::Error) -> Trouble {
    move |error| Trouble::of(&error, stage)
}

/// What this machine itself cannot do.
fn internal(error: impl Into<Box<dyn Error + Send + Sync>>) -> Trouble {
    let hint = "no key or request for a certificate can be made here: what the system says is here as detail";
    Trouble::new("certificate-internal", hint, &error.into().to_string())
}

impl Try<'_> {
    async fn run(&self) -> Result<String, Trouble> {
        let account = self.account().await?;
        let mut order = self.begin(&account).await.map_err(failed(Stage::Other))?;
        if order.state().status == OrderStatus::Pending {
            self.prove(&mut order).await?;
        }
        let key = order.finalize().await.map_err(failed(Stage::Other))?;
        let chain = order.poll_certificate(&PATIENCE).await;
        Ok(key + &chain.map_err(failed(Stage::Other))?)
    }

    /// A new order that says which certificate it replaces (RFC 9773, section 5), where the authority wants to know.
    async fn begin(&self, account: &Account) -> Result<Order, instant_acme::Error> {
        let name = [Identifier::Dns(self.acme.settings.domain.clone())];
        if let Some(replaces) = self.replaces {
            let order = account
                .new_order(&NewOrder::new(&name).replaces(replaces.clone()))
                .await;
            match order {
                Err(error) if !is_of_rate(&error) => {
                    // It does not know that one, or thinks it replaced already. Having a certificate matters more.
                    tracing::debug!(%error, "ordered again without saying what is replaced");
                }
                order => return order,
            }
        }
        account.new_order(&NewOrder::new(&name)).await
    }

    /// The account of last time, or a new one.
    async fn account(&self) -> Result<Account, Trouble> {
        if let Some(account) = self.acme.account(self.http).await {
            return account.map_err(failed(Stage::Other));
        }
        let settings = &self.acme.settings;
        let contact = settings.email.as_ref().map(|email| format!("mailto:{email}"));
        let new = NewAccount {
            contact: &Vec::from_iter(contact.as_deref()),
            terms_of_service_agreed: true,
            only_return_existing: false,
        };
        let customer = settings.customer.as_ref();
        let bound = customer.map(|customer| ExternalAccountKey::new(customer.name.clone(), customer.key.bytes()));
        let stage = match bound {
            Some(_) => Stage::Binding,
            None => Stage::Other,
        };
        let builder = Account::builder_with_http(Box::new(self.http.clone()));
        let made = builder.create(&new, settings.directory.clone(), bound.as_ref()).await;
        let (account, credentials) = made.map_err(failed(stage))?;
        let text = serde_json::to_vec(&credentials).map_err(internal)?;
        for file in self.acme.account_files() {
            self.acme.keep_file(&file, &text);
        }
        Ok(account)
    }

    async fn prove(&self, order: &mut Order) -> Result<(), Trouble> {
        let _expected = Expected(self.certificates);
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.map_err(failed(Stage::Other))?;
            if authorization.status != AuthorizationStatus::Pending {
                continue;
            }
            let Some(mut challenge) = authorization.challenge(ChallengeType::TlsAlpn01) else {
                let hint = "it does not offer the challenge TLS-ALPN-01, the only one that works on the port of HTTPS: choose \
                            another --acme-directory";
                return Err(Trouble::new("acme-no-challenge", hint, ""));
            };
            let proof = challenge.key_authorization();
            let proof = proof_config(&self.acme.provider, &self.acme.settings.domain, proof.digest().as_ref());
            self.certificates.expect_challenge(Some(proof.map_err(internal)?));
            challenge.set_ready().await.map_err(failed(Stage::Proof))?;
        }
        let polled = order.poll_ready(&PATIENCE).await;
        if let Ok(OrderStatus::Ready | OrderStatus::Valid) = polled {
            return Ok(());
        }
        Err(match (refused(order).await, polled) {
            (Some(problem), _) => Trouble::of_problem(&problem, Stage::Proof),
            (None, Err(error)) => Trouble::of(&error, Stage::Proof),
            (None, Ok(_)) => Trouble::new("acme-refused", "it refuses and does not say why", ""),
        })
    }
}

/// Why the proof was not taken: it stands at the challenge, not at the order.
async fn refused(order: &mut Order) -> Option<Problem> {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let state = authorization.refresh().await.ok()?;
        let problem = state.challenges.iter().find_map(|challenge| challenge.error.clone());
        if problem.is_some() {
            return problem;
        }
    }
    None
}

/// Whether asking again would only make it worse.
fn is_of_rate(error: &instant_acme::Error) -> bool {
    matches!(error, instant_acme::Error::Api(problem) if problem.r#type.as_deref().is_some_and(|kind| kind.ends_with(":rateLimited")))
}

/// What is shown to the authority that comes to look.
fn proof_config(
    provider: &Arc<CryptoProvider>,
    domain: &str,
    digest: &[u8],
) -> Result<Arc<ServerConfig>, Box<dyn Error + Send + Sync>> {
    let mut params = CertificateParams::new([domain.to_owned()])?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = provider.key_provider.load_private_key(key)?;
    let certified = CertifiedKey::new(vec![certificate.der().clone()], key);
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        // Not `with_single_cert`: it wants to understand every critical extension, and the proof is one that it does not know.
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = vec![ACME.to_vec()];
    Ok(Arc::new(config))
}
