//! One try to get a certificate (RFC 8555), with the proof on the port of HTTPS itself (RFC 8737).

use std::sync::Arc;
use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, CertificateIdentifier, ChallengeType, Error, ExternalAccountKey, Identifier,
    NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio::time::timeout;

use super::http::Http;
use super::schedule::Again;
use super::trouble::{About, Stage, Trouble};
use super::{Acme, store};
use crate::tls::Certificates;
use crate::tls::accept::ACME;

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
    match timeout(TRY, attempt.run()).await {
        Ok(done) => done,
        Err(_) => {
            let authority = acme.authority();
            let sentence = format!("{authority} did not finish in time, so it is asked again later");
            Err(attempt.about().own("acme-slow", Again::Soon, sentence, ""))
        }
    }
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

impl Try<'_> {
    fn about(&self) -> About<'_> {
        About {
            domain: &self.acme.domain,
            authority: self.acme.authority(),
            seen: self.http.seen(),
        }
    }

    fn failed(&self, stage: Stage) -> impl Fn(instant_acme::Error) -> Trouble + '_ {
        move |error| self.about().error(&error, stage)
    }

    /// What this machine itself cannot do.
    fn own(&self, error: &dyn ToString) -> Trouble {
        let sentence =
            "no key or request for a certificate can be made here: what the system says is here as detail".to_owned();
        self.about()
            .own("certificate-internal", Again::Later, sentence, &error.to_string())
    }

    async fn run(&self) -> Result<String, Trouble> {
        let account = self.account().await?;
        let mut order = self.begin(&account).await.map_err(self.failed(Stage::Order))?;
        if order.state().status == OrderStatus::Pending {
            self.prove(&mut order).await?;
        }
        let key = KeyPair::generate().map_err(|error| self.own(&error))?;
        let mut params = CertificateParams::new([self.acme.domain.clone()]).map_err(|error| self.own(&error))?;
        params.distinguished_name = DistinguishedName::new();
        let request = params.serialize_request(&key).map_err(|error| self.own(&error))?;
        let finalized = order.finalize_csr(request.der()).await;
        finalized.map_err(self.failed(Stage::Order))?;
        let chain = order.poll_certificate(&PATIENCE).await;
        Ok(key.serialize_pem() + &chain.map_err(self.failed(Stage::Order))?)
    }

    /// A new order that says which certificate it replaces (RFC 9773, section 5), where the authority wants to know.
    async fn begin(&self, account: &Account) -> Result<Order, Error> {
        let name = [Identifier::Dns(self.acme.domain.clone())];
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
        let builder = Account::builder_with_http(Box::new(self.http.clone()));
        if let Some(credentials) = self.acme.account() {
            let account = builder.from_credentials(credentials).await;
            return account.map_err(self.failed(Stage::Account));
        }
        let contact: Vec<_> = self.acme.email.iter().map(|email| format!("mailto:{email}")).collect();
        let contact: Vec<_> = contact.iter().map(String::as_str).collect();
        let new = NewAccount {
            contact: &contact,
            terms_of_service_agreed: true,
            only_return_existing: false,
        };
        let customer = self.acme.customer.as_ref();
        let bound = customer.map(|customer| ExternalAccountKey::new(customer.name.clone(), customer.key.bytes()));
        let stage = if bound.is_some() {
            Stage::Binding
        } else {
            Stage::Account
        };
        let made = builder.create(&new, self.acme.directory.clone(), bound.as_ref()).await;
        let (account, credentials) = made.map_err(self.failed(stage))?;
        let text = serde_json::to_vec(&credentials).map_err(|error| self.own(&error))?;
        // Without the file there will be one account more next time. That keeps nobody from having a certificate now.
        for file in self.acme.account_files() {
            if let Err(error) = store::write(&file, &text) {
                self.acme.warn_unkept(&error);
            }
        }
        Ok(account)
    }

    async fn prove(&self, order: &mut Order) -> Result<(), Trouble> {
        let _expected = Expected(self.certificates);
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.map_err(self.failed(Stage::Order))?;
            if authorization.status != AuthorizationStatus::Pending {
                continue;
            }
            let Some(mut challenge) = authorization.challenge(ChallengeType::TlsAlpn01) else {
                let authority = self.acme.authority();
                let sentence = format!(
                    "{authority} does not offer the challenge TLS-ALPN-01, the only one that works on the port of HTTPS: choose \
                     another --acme-directory"
                );
                return Err(self.about().own("acme-no-challenge", Again::Later, sentence, ""));
            };
            let proof = challenge.key_authorization();
            let proof = proof_config(&self.acme.provider, &self.acme.domain, proof.digest().as_ref());
            self.certificates
                .expect_challenge(Some(proof.map_err(|error| self.own(&error))?));
            challenge.set_ready().await.map_err(self.failed(Stage::Proof))?;
        }
        match order.poll_ready(&PATIENCE).await {
            Ok(OrderStatus::Ready | OrderStatus::Valid) => Ok(()),
            Ok(_) => Err(self.refusal(order).await),
            Err(error) => Err(match self.refused(order).await {
                Some(trouble) => trouble,
                None => self.failed(Stage::Proof)(error),
            }),
        }
    }

    /// Why the proof was not taken: it stands at the challenge, not at the order.
    async fn refused(&self, order: &mut Order) -> Option<Trouble> {
        let mut authorizations = order.authorizations();
        while let Some(Ok(mut authorization)) = authorizations.next().await {
            let state = authorization.refresh().await.ok()?;
            let problem = state.challenges.iter().find_map(|challenge| challenge.error.as_ref());
            if let Some(problem) = problem {
                return Some(self.about().problem(problem, Stage::Proof));
            }
        }
        None
    }

    async fn refusal(&self, order: &mut Order) -> Trouble {
        let (domain, authority) = (&self.acme.domain, self.acme.authority());
        match self.refused(order).await {
            Some(trouble) => trouble,
            None => {
                let sentence = format!("{authority} refuses the certificate for {domain} and does not say why");
                self.about().own("acme-refused", Again::Later, sentence, "")
            }
        }
    }
}

/// Whether asking again would only make it worse.
fn is_of_rate(error: &Error) -> bool {
    matches!(error, Error::Api(problem) if problem.r#type.as_deref().is_some_and(|kind| kind.ends_with(":rateLimited")))
}

/// What is shown to the authority that comes to look.
fn proof_config(provider: &Arc<CryptoProvider>, domain: &str, digest: &[u8]) -> Result<Arc<ServerConfig>, String> {
    let text = |error: rustls::Error| error.to_string();
    let mut params = CertificateParams::new([domain.to_owned()]).map_err(|error| error.to_string())?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = KeyPair::generate().map_err(|error| error.to_string())?;
    let certificate = params.self_signed(&key).map_err(|error| error.to_string())?;
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let key = provider.key_provider.load_private_key(key).map_err(text)?;
    let certified = CertifiedKey::new(vec![certificate.der().clone()], key);
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(text)?
        .with_no_client_auth()
        // Not `with_single_cert`: it wants to understand every critical extension, and the proof is one that it does not know.
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = vec![ACME.to_vec()];
    Ok(Arc::new(config))
}
