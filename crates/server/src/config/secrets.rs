//! Secrets, in flags and variables or in files: other users of the machine see a program's flags, and often its variables.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use signaling::SeatKey;
use tls::EabKey;

use crate::error::StartError;

/// Longest file that is read, in bytes.
const FILE_MAX: u64 = 4096;

/// Shortest secret that makes a key, in bytes: as long as the checksum of a resume token, so that it is not the weaker part.
const SECRET_MIN: usize = 16;

/// Reads `--secret`: random bytes in hexadecimal digits or in base64url (RFC 4648, sections 8 and 5).
///
/// A text that somebody thought up is refused: everybody in a room holds tokens by which guesses can be tried at home.
///
/// # Errors
/// A sentence that does not repeat it.
pub(super) fn parse_secret(text: &str) -> Result<SeatKey, String> {
    let text = text.trim();
    let hex = HEXLOWER_PERMISSIVE.decode(text.as_bytes());
    let bytes = hex.or_else(|_| BASE64URL_NOPAD.decode(text.trim_end_matches('=').as_bytes()));
    match bytes {
        // The text and not what it stands for: so a secret of before these rules, if it keeps them, makes the same key.
        Ok(bytes) if bytes.len() >= SECRET_MIN => Ok(SeatKey::from_text(text)),
        _ => Err(format!(
            "write at least {SECRET_MIN} random bytes in hexadecimal digits or base64url, as `openssl rand -hex 32` makes them"
        )),
    }
}

/// Reads `--acme-eab-hmac-key`: base64url (RFC 4648, section 5), as every authority hands it out.
pub(super) fn parse_eab_key(text: &str) -> Result<EabKey, String> {
    let bytes = BASE64URL_NOPAD.decode(text.trim_end_matches('=').as_bytes());
    let bytes = bytes.ok().filter(|bytes| !bytes.is_empty());
    bytes
        .map(EabKey::new)
        .ok_or_else(|| "write the key as the authority gave it, in base64url (letters, digits, - and _)".to_owned())
}

/// The one line that stands in the file of this flag.
///
/// # Errors
/// Why there is none. The sentence never repeats what stands there.
pub(super) fn read(flag: &'static str, file: &Path) -> Result<String, StartError> {
    let wrong = |why: String| StartError::SecretFile {
        flag,
        file: file.to_owned(),
        why,
    };
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|opened| opened.take(FILE_MAX + 1).read_to_end(&mut bytes));
    read.map_err(|error| wrong(format!("it cannot be read ({error})")))?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(wrong(format!("it is longer than {FILE_MAX} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is no text".to_owned()))?;
    // Editors end the last line; the secret has no such character.
    let line = text.trim_end_matches(['\r', '\n']);
    match line.is_empty() || line.contains(['\r', '\n']) {
        true => Err(wrong(
            "it does not hold one line with the secret and nothing else".to_owned(),
        )),
        false => Ok(line.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser as _;
    use state::Places;
    use tempfile::TempDir;

    use super::*;
    use crate::Config;

    #[test]
    fn a_secret_is_random_bytes_and_never_printed() {
        for text in [
            "000102030405060708090a0b0c0d0e0f",
            "000102030405060708090A0B0C0D0E0F",
            "AAECAwQFBgcICQoLDA0ODw",
            "AAECAwQFBgcICQoLDA0ODw==",
            " 000102030405060708090a0b0c0d0e0f\n",
        ] {
            assert!(parse_secret(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "hunter2",
            "correct horse battery staple",
            "000102030405060708090a0b0c0d0e",
            "AAECAwQFBgcICQoLDA0O",
            "AAECAwQFBgcICQoLDA0OD+//",
            "sixteen letters!",
        ] {
            let sentence = parse_secret(text).expect_err(text);
            assert!(sentence.contains("openssl rand -hex 32"), "{sentence}");
            assert!(text.is_empty() || !sentence.contains(text), "{sentence}");
        }
        let config = Config::parse_from(["parlour", "--secret", "000102030405060708090a0b0c0d0e0f"]);
        assert!(!format!("{config:?}").contains("0001"));
        // No folder is looked for.
        assert!(config.seat_key(&Places::default()).expect("valid").is_some());
    }

    #[test]
    fn a_key_is_read_with_and_without_padding() {
        for text in ["-_8", "-_8="] {
            assert_eq!(parse_eab_key(text).expect("a key").bytes(), [0xfb, 0xff]);
        }
        for text in ["", "=", "+/8=", "hunter 2", "a"] {
            let sentence = parse_eab_key(text).expect_err(text);
            assert!(sentence.contains("base64url"), "{sentence}");
        }
        assert!(
            !format!("{:?}", parse_eab_key("aHVudGVyMg")).contains("104"),
            "no byte of it"
        );
    }

    #[test]
    fn a_file_holds_one_line_with_the_secret() {
        let folder = TempDir::new().expect("a folder");
        let file = folder.path().join("secret");
        for (held, found) in [
            (&b"north"[..], Some("north")),
            (b"north\n", Some("north")),
            (b"north \r\n", Some("north ")),
            (b"", None),
            (b"\n", None),
            (b"north\nsouth\n", None),
            (b"\xff\xfe", None),
            (&[b'a'; FILE_MAX as usize + 1], None),
        ] {
            fs::write(&file, held).expect("written");
            let read = read("--turn-secret-file", &file);
            assert_eq!(read.as_deref().ok(), found);
            if let Err(error) = read {
                let sentence = error.to_string();
                assert!(
                    sentence.contains("--turn-secret-file") && !sentence.contains("north"),
                    "{sentence}"
                );
            }
        }
        fs::remove_file(&file).expect("removed");
        assert!(read("--turn-secret-file", &file).is_err());
    }
}
