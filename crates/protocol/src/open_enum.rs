//! Enums with fields that may grow: a variant that this version does not know is `Unknown`.
//!
//! In postcard `#[serde(other)]` does it: a variant is a number, and what follows it is the rest of the frame, which nobody reads.
//! In JSON a variant is an object of one key, and serde's own reader takes neither a value for `#[serde(other)]` nor a second
//! key. So [`OpenEnum`] reads the object instead.

use std::fmt;
use std::iter;
use std::marker::PhantomData;

use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, IntoDeserializer, MapAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// The number of `Unknown` in postcard: no variant ever has it.
pub(crate) const UNKNOWN: u32 = u32::MAX;

/// Lets an enum with `#[serde(remote = "Self")]` and a last variant `#[serde(other)] Unknown` be read and written.
macro_rules! open_enum {
    ($name:ident $(<$text:ident>)?) => {
        impl $(<$text: ::serde::Serialize>)? ::serde::Serialize for $name $(<$text>)? {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    Self::Unknown => {
                        serializer.serialize_unit_variant(stringify!($name), $crate::open_enum::UNKNOWN, "unknown")
                    }
                    known => Self::serialize(known, serializer),
                }
            }
        }

        impl<'de $(, $text: ::serde::Deserialize<'de>)?> ::serde::Deserialize<'de> for $name $(<$text>)? {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match deserializer.is_human_readable() {
                    true => Self::deserialize($crate::open_enum::OpenEnum(deserializer)),
                    false => Self::deserialize(deserializer),
                }
            }
        }
    };
}

pub(crate) use open_enum;

/// Reads an enum from JSON. Of an object's keys the first counts that is a variant's name; all others are skipped. A variant
/// without fields may have some, and one with fields may be its name alone, if all its fields may be left out.
pub(crate) struct OpenEnum<D>(pub(crate) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for OpenEnum<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Tagged { variants, visitor })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Tagged<V> {
    variants: &'static [&'static str],
    visitor: V,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Tagged<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, or an object with a name as its key")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<V::Value, E> {
        let content = NoContent(PhantomData);
        self.visitor.visit_enum(Variant { name, content })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<V::Value, A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if self.variants.contains(&name.as_str()) {
                let (name, content) = (name.as_str(), Content(&mut map));
                let value = self.visitor.visit_enum(Variant { name, content })?;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(value);
            }
            map.next_value::<IgnoredAny>()?;
        }
        self.visit_str("")
    }
}

/// A variant's name, and where its content comes from.
struct Variant<'a, C> {
    name: &'a str,
    content: C,
}

impl<'de, C: VariantAccess<'de>> EnumAccess<'de> for Variant<'_, C> {
    type Error = C::Error;
    type Variant = C;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, C), C::Error> {
        let name: StrDeserializer<'_, C::Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.content))
    }
}

/// The value of the key that the map has just given.
struct Content<'a, A>(&'a mut A);

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Content<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.next_value::<IgnoredAny>().map(drop)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.0.next_value_seed(Fields(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, A::Error> {
        self.0.next_value_seed(Fields(visitor))
    }
}

/// Takes whatever there is for the fields of a variant.
struct Fields<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Fields<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_any(self.0)
    }
}

/// There is a name alone.
struct NoContent<E>(PhantomData<E>);

impl<E: Error> NoContent<E> {
    fn empty<'de>() -> impl Deserializer<'de, Error = E> {
        MapDeserializer::new(iter::empty::<(&str, &str)>())
    }
}

impl<'de, E: Error> VariantAccess<'de> for NoContent<E> {
    type Error = E;

    fn unit_variant(self) -> Result<(), E> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, E> {
        seed.deserialize(Self::empty())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, E> {
        Self::empty().deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, E> {
        Self::empty().deserialize_any(visitor)
    }
}
