//! The client's side of TLS: it takes whatever certificate is shown, and says what a browser would have against it.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Those whom browsers believe about certificates.
#[derive(Clone, Debug)]
pub struct Trust {
    verifier: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

/// What the other side showed.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The certificate itself, and those that it rests on. At least one.
    pub chain: Vec<CertificateDer<'static>>,
    /// Whether a browser would believe it.
    pub trusted: Result<(), Error>,
}

impl Default for Trust {
    fn default() -> Self {
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
}

impl Trust {
    /// A handshake for this name (or IP address, without brackets) that takes any certificate. `protocols` are offered (ALPN).
    ///
    /// # Errors
    /// Why no handshake came about.
    pub async fn connect(
        &self,
        stream: TcpStream,
        name: &str,
        protocols: &[&[u8]],
    ) -> Result<(TlsStream<TcpStream>, Shown), String> {
        let name = ServerName::try_from(name.to_owned()).map_err(|_| format!("{name} is no name for a certificate"))?;
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Everybody(Arc::clone(&self.verifier))))
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let connected = TlsConnector::from(Arc::new(config)).connect(name.clone(), stream).await;
        let stream = connected.map_err(|error| error.to_string())?;
        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
        let (first, others) = chain.split_first().ok_or("no certificate was shown")?;
        let trusted = self
            .verifier
            .verify_server_cert(first, others, &name, &[], UnixTime::now());
        let shown = Shown {
            chain: chain
                .iter()
                .map(|certificate| certificate.clone().into_owned())
                .collect(),
            trusted: trusted.map(drop),
        };
        Ok((stream, shown))
    }
}

/// Takes any certificate whose key the other side has.
#[derive(Debug)]
struct Everybody(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for Everybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
