//! One JSON object a line.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::column::{Column, Fields};

/// What a line says.
pub(super) fn fields(line: &str) -> Result<Fields<'_>, String> {
    let mut why = None;
    let mut reader = serde_json::Deserializer::from_str(line);
    let read =
        Object { why: &mut why }.deserialize(&mut reader).and_then(|fields| reader.end().map(|()| fields));
    // serde's own words may quote the line.
    read.map_err(|error| {
        why.unwrap_or_else(|| format!("This is not one JSON object: see column {}.", error.column()))
    })
}

struct Object<'w> {
    why: &'w mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Fields<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Fields<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some((name, value)) = members.next_entry()? {
            if let Err(why) = note(&mut fields, name, value) {
                *self.why = Some(why);
                return Err(A::Error::custom("told above"));
            }
        }
        Ok(fields)
    }
}

fn note<'a>(fields: &mut Fields<'a>, name: Value<'a>, value: Value<'a>) -> Result<(), String> {
    let Value::Text(name) = name else { return Err("A member's name is a text.".to_owned()) };
    let column = Column::named(&name)?;
    if fields.has(column) {
        return Err(format!("The member \"{}\" stands here twice.", column.name()));
    }
    match value {
        Value::Text(text) => fields.set(column, text),
        Value::Null => fields.set(column, Cow::Borrowed("")),
        Value::Other => {
            return Err(format!(
                "\"{}\" must be a text, a whole number, true, false or null.",
                column.name()
            ));
        }
    }
    Ok(())
}

/// A plain value as the text that would stand in a CSV file.
enum Value<'a> {
    Text(Cow<'a, str>),
    Null,
    Other,
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(if yes { "true" } else { "false" })))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value<'de>, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}
