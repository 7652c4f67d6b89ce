use super::*;

const ABOUT: About<'static> = About {
    domain: "calls.example.org",
    authority: "acme.example",
    seen: Seen {
        status: None,
        clocks: None,
        retry_after: None,
    },
};

fn problem(kind: &str, detail: &str) -> Problem {
    let json = serde_json::json!({ "type": format!("urn:ietf:params:acme:error:{kind}"), "detail": detail });
    serde_json::from_value(json).unwrap()
}

#[test]
fn each_problem_says_what_to_do() {
    for (kind, stage, code, words) in [
        (
            "rateLimited",
            Stage::Order,
            "acme-rate-limited",
            "leave this server running",
        ),
        ("connection", Stage::Proof, "acme-no-connection", "let TCP port 443 in"),
        ("dns", Stage::Proof, "acme-dns", "A or AAAA record"),
        ("tls", Stage::Proof, "acme-other-server", "let no proxy end TLS"),
        (
            "incorrectResponse",
            Stage::Proof,
            "acme-other-server",
            "point its DNS here",
        ),
        ("unauthorized", Stage::Proof, "acme-other-server", "point its DNS here"),
        ("unauthorized", Stage::Order, "acme-account", "another is made"),
        ("accountDoesNotExist", Stage::Order, "acme-account", "another is made"),
        ("caa", Stage::Order, "acme-caa", "change the record"),
        (
            "rejectedIdentifier",
            Stage::Order,
            "acme-name-refused",
            "another --domain",
        ),
        ("invalidContact", Stage::Account, "acme-contact", "--acme-email"),
        (
            "externalAccountRequired",
            Stage::Account,
            "acme-external-account",
            "--acme-eab-kid",
        ),
        (
            "externalAccountRequired",
            Stage::Binding,
            "acme-external-account-refused",
            "copy both anew",
        ),
        (
            "unauthorized",
            Stage::Binding,
            "acme-external-account-refused",
            "--acme-eab-hmac-key",
        ),
        (
            "malformed",
            Stage::Binding,
            "acme-external-account-refused",
            "--acme-eab-hmac-key",
        ),
        ("invalidContact", Stage::Binding, "acme-contact", "--acme-email"),
        ("rateLimited", Stage::Binding, "acme-rate-limited", "leave this server"),
        ("userActionRequired", Stage::Account, "acme-terms", "by hand"),
        ("serverInternal", Stage::Order, "acme-server", "asked again"),
        ("somethingNew", Stage::Order, "acme-refused", "detail"),
    ] {
        let trouble = ABOUT.problem(&problem(kind, "why"), stage);
        assert_eq!((trouble.code, trouble.detail.as_str()), (code, "why"), "{kind}");
        assert!(trouble.sentence.contains(words), "{kind}: {}", trouble.sentence);
        assert_eq!(trouble.forget_account, code == "acme-account");
        assert!(
            !trouble.sentence.contains(['\n', '.']) || trouble.sentence.contains("example"),
            "one sentence"
        );
    }
}

#[test]
fn a_connection_that_fails_is_no_other_server() {
    let trouble = ABOUT.problem(
        &problem("unauthorized", "Failed to connect to 192.0.2.7:443"),
        Stage::Proof,
    );
    assert_eq!(trouble.code, "acme-no-connection");
}

#[test]
fn a_wrong_clock_is_found_by_the_clock_of_the_authority() {
    let ours = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for (theirs, code) in [
        (ours + CLOCK * 2, "clock-wrong"),
        (ours - CLOCK * 2, "clock-wrong"),
        (ours + CLOCK / 2, "acme-refused"),
    ] {
        let seen = Seen {
            clocks: Some((theirs, ours)),
            ..Seen::default()
        };
        let about = About { seen, ..ABOUT };
        assert_eq!(about.problem(&problem("malformed", ""), Stage::Order).code, code);
    }
}

#[test]
fn what_tls_says_is_found_however_deep_it_is() {
    let request = |error: rustls::Error| {
        let deep = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, error));
        ABOUT.error(&Error::Other(Box::new(deep)), Stage::Account).code
    };
    assert_eq!(request(CertificateError::Expired.into()), "clock-wrong");
    assert_eq!(request(CertificateError::NotValidYet.into()), "clock-wrong");
    assert_eq!(request(CertificateError::UnknownIssuer.into()), "acme-untrusted");
    assert_eq!(request(rustls::Error::DecryptError), "acme-unreachable");
    let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
    let trouble = ABOUT.error(&Error::Other(Box::new(refused)), Stage::Account);
    assert_eq!((trouble.code, trouble.again), ("acme-unreachable", Again::Soon));
}

#[test]
fn what_is_no_acme_is_told_from_an_authority_in_trouble() {
    let json = || Error::Json(serde_json::from_str::<u8>("<html>").unwrap_err());
    assert_eq!(ABOUT.error(&json(), Stage::Account).code, "acme-protocol");
    let seen = Seen {
        status: Some(503),
        retry_after: Some(Duration::from_secs(120)),
        ..Seen::default()
    };
    let trouble = About { seen, ..ABOUT }.error(&json(), Stage::Account);
    assert_eq!(
        (trouble.code, trouble.retry_after),
        ("acme-server", Some(Duration::from_secs(120)))
    );
}

#[test]
fn what_the_authority_says_is_one_line_of_bounded_length() {
    let trouble = ABOUT.problem(&problem("dns", &"a\n".repeat(1000)), Stage::Proof);
    assert_eq!(trouble.detail.chars().count(), DETAIL_MAX);
    assert!(!trouble.detail.contains('\n'));
}
