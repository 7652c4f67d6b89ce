//! The few lines of a session description that the fake connections read.

/// What a session description says, as far as this model reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sdp {
    /// The connection that wrote it (its DTLS fingerprint).
    pub writer: u32,
    /// The writer's count of descriptions, which browsers have in the `o=` line.
    pub version: u32,
    /// In an answer: the version of the offer.
    pub answers: u32,
    pub ufrag: String,
}

impl Sdp {
    pub fn text(&self) -> String {
        let Self {
            writer,
            version,
            answers,
            ufrag,
        } = self;
        format!("v=0\r\na=writer:{writer}\r\na=version:{version}\r\na=answers:{answers}\r\na=ice-ufrag:{ufrag}\r\n")
    }

    pub fn parse(text: &str) -> Option<Self> {
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix("a=")?.strip_prefix(name))
        };
        Some(Self {
            writer: field("writer:")?.parse().ok()?,
            version: field("version:")?.parse().ok()?,
            answers: field("answers:")?.parse().ok()?,
            ufrag: field("ice-ufrag:")?.into(),
        })
    }
}
