//! Enums without fields that may grow: a number in postcard, a name in JSON, and a place for what a newer version says.

/// Writes an enum whose values are a number (postcard) and a name (JSON), and one more for all that this version does not know:
/// `Other`. Numbers and names are never changed or used again.
macro_rules! codes {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$doc:meta])* $variant:ident = $number:literal, $text:literal; )*
        }
    ) => {
        $(#[$meta])*
        pub enum $name {
            $( $(#[$doc])* $variant, )*
            /// One of a newer version, by its number. A name that is unknown has the number [`u16::MAX`].
            Other(u16),
        }

        impl $name {
            /// All that this version knows.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )*];

            /// The number in postcard.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self {
                    $( Self::$variant => $number, )*
                    Self::Other(number) => number,
                }
            }

            /// What a number stands for.
            #[must_use]
            pub const fn from_number(number: u16) -> Self {
                match number {
                    $( $number => Self::$variant, )*
                    _ => Self::Other(number),
                }
            }

            /// The name in JSON and in documents; `other` for all that this version does not know.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $text, )*
                    Self::Other(_) => "other",
                }
            }

            /// What a name stands for. `other-17` is what number 17 stands for, or may stand for one day.
            fn from_name(name: &str) -> Self {
                match name {
                    $( $text => Self::$variant, )*
                    _ => Self::from_number($crate::code::number_in(name)),
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self {
                    Self::Other(number) => write!(f, "other-{number}"),
                    known => f.write_str(known.as_str()),
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match serializer.is_human_readable() {
                    true => serializer.collect_str(self),
                    false => serializer.serialize_u16(self.number()),
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Name;

                impl ::serde::de::Visitor<'_> for Name {
                    type Value = $name;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str("a name")
                    }

                    fn visit_str<E: ::serde::de::Error>(self, name: &str) -> Result<$name, E> {
                        Ok($name::from_name(name))
                    }
                }

                match deserializer.is_human_readable() {
                    true => deserializer.deserialize_str(Name),
                    false => <u16 as ::serde::Deserialize>::deserialize(deserializer).map(Self::from_number),
                }
            }
        }
    };
}

pub(crate) use codes;

/// The number in `other-17`; [`u16::MAX`] for every other name.
pub(crate) fn number_in(name: &str) -> u16 {
    let number = name.strip_prefix("other-").and_then(|number| number.parse().ok());
    number.unwrap_or(u16::MAX)
}
