//! The client's side of TLS: it takes whatever certificate is shown, and remembers what is to be said about it.

use std::sync::{Arc, Mutex};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Whom to believe about certificates.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    verifier: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

/// What the other side showed.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    /// The certificate itself, and those that it rests on.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// Whether a browser would believe it.
    pub(crate) trusted: Result<(), Error>,
}

impl Trust {
    /// Those whom browsers believe.
    pub(crate) fn new() -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        Self {
            verifier: verifier.build().expect("there are roots, and no revocation lists"),
            provider,
        }
    }

    /// A handshake for this name (or IP address, without brackets) that takes any certificate. `protocols` are offered (ALPN).
    pub(crate) async fn connect(
        &self,
        stream: TcpStream,
        name: &str,
        protocols: &[&[u8]],
    ) -> Result<(TlsStream<TcpStream>, Shown), String> {
        let name = ServerName::try_from(name.to_owned()).map_err(|_| format!("{name} is no name for a certificate"))?;
        let recorder = Arc::new(Recorder {
            trust: self.clone(),
            shown: Mutex::default(),
        });
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&recorder) as _)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let stream = connected.map_err(|error| error.to_string())?;
        let shown = recorder.shown.lock().ok().and_then(|mut shown| shown.take());
        // A session is never resumed, so that a handshake always has a certificate.
        Ok((stream, shown.ok_or("no certificate was shown")?))
    }
}

/// Takes any certificate, and keeps what the real verifier says.
#[derive(Debug)]
struct Recorder {
    trust: Trust,
    shown: Mutex<Option<Shown>>,
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verifier = &self.trust.verifier;
        let verified = verifier.verify_server_cert(end_entity, intermediates, name, ocsp, now);
        let chain = std::iter::once(end_entity).chain(intermediates);
        let shown = Shown {
            chain: chain.map(|certificate| certificate.clone().into_owned()).collect(),
            trusted: verified.map(drop),
        };
        if let Ok(mut place) = self.shown.lock() {
            *place = Some(shown);
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trust.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trust.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.verifier.supported_verify_schemes()
    }
}
