//! Whether a server's certificate is good enough.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::isolation::problem::{Kind, Problem};
use crate::launch::{Tls, TlsMode};

/// Verifies a server's certificate as libpq does
/// (<https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-CERTIFICATES>).
#[derive(Debug)]
pub(super) struct Verification {
    /// Without trusted certificates, any will do.
    trust: Option<Trust>,
    /// Whether the certificate must be for the host.
    for_host: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

/// Certificates that are trusted, and what verifies that they have signed others.
#[derive(Debug)]
struct Trust {
    certificates: Vec<CertificateDer<'static>>,
    signed: Arc<WebPkiServerVerifier>,
}

impl Verification {
    pub(super) fn new(tls: &Tls, provider: &Arc<CryptoProvider>) -> Result<Self, Problem> {
        let trust = tls.roots.as_ref().map(|path| {
            let trust = Trust::read(path, provider);
            trust.map_err(|problem| {
                let text = format!("cannot use `{path}` (`sslrootcert`): {problem}");
                Problem::new(Kind::Disconnected, text)
            })
        });
        Ok(Self {
            trust: trust.transpose()?,
            for_host: tls.mode == TlsMode::VerifyFull,
            algorithms: provider.signature_verification_algorithms,
        })
    }
}

impl Trust {
    fn read(path: &str, provider: &Arc<CryptoProvider>) -> Result<Self, String> {
        let certificates = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
        let certificates: Vec<_> = certificates.map_err(|error| error.to_string())?;
        if certificates.is_empty() {
            return Err("it contains no certificate".into());
        }
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            let added = roots.add(certificate.clone());
            added.map_err(|error| error.to_string())?;
        }
        let provider = Arc::clone(provider);
        let signed = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        Ok(Self {
            certificates,
            signed: signed.build().map_err(|error| error.to_string())?,
        })
    }
}

impl ServerCertVerifier for Verification {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(trust) = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        // A self-signed certificate may itself be the trusted one.
        if !trust.certificates.contains(certificate) {
            let signed = &trust.signed;
            match signed.verify_server_cert(certificate, intermediates, host, ocsp, now) {
                // The host comes last.
                Err(Error::InvalidCertificate(
                    CertificateError::NotValidForName
                    | CertificateError::NotValidForNameContext { .. },
                )) => {}
                Err(error) => return Err(error),
                Ok(_) => {}
            }
        }
        if self.for_host {
            verify_server_name(&ParsedCertificate::try_from(certificate)?, host)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
