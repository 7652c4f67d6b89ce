//! Enums that cross the channel as numbers, and keep those that only a newer page knows.
//!
//! [`codes`](crate::code) makes those of the signaling socket: they have names in JSON as well, and their numbers are 16 bits.

/// Makes such an enum: each variant with its number and its text, and the text of all others. Numbers begin at 0.
macro_rules! numbered {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$doc:meta])* $variant:ident = $number:literal, $text:literal; )*
        }
        $other:literal
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(from = "u32", into = "u32")]
        pub enum $name {
            $( $(#[$doc])* $variant, )*
            /// One that only a newer page knows.
            Other(u32),
        }

        impl $name {
            /// All that are known, in the order of their numbers.
            pub const ALL: [Self; [$( $number, )*].len()] = [$( Self::$variant, )*];

            /// Its text, which stays as it is.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( Self::$variant => $text, )*
                    Self::Other(_) => $other,
                }
            }
        }

        impl From<u32> for $name {
            fn from(number: u32) -> Self {
                match number {
                    $( $number => Self::$variant, )*
                    _ => Self::Other(number),
                }
            }
        }

        impl From<$name> for u32 {
            fn from(of: $name) -> Self {
                match of {
                    $( $name::$variant => $number, )*
                    $name::Other(number) => number,
                }
            }
        }
    };
}

pub(super) use numbered;
