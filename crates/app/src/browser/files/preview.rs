//! A small picture of a file that is a picture.

use wasm_bindgen::prelude::*;
use web_sys::HtmlCanvasElement;

use super::source::part;
use super::{number, whole};
use crate::browser::page;
use crate::browser::rtc_ext::{call, get, object, settled, try_call};
use crate::picture::{HEAD, Picture};

/// Larger files are not decoded.
const MOST: u64 = 20 * 1024 * 1024;

/// The longer side of what is drawn, at most.
const SIDE: u32 = 320;

/// Draws it. An error where it is no picture, or one that would take too much to decode.
pub(super) async fn draw(file: &JsValue, canvas: &HtmlCanvasElement) -> Result<(), JsValue> {
    let size = whole(&get(file, "size"));
    if size > MOST {
        return Err(JsValue::UNDEFINED);
    }
    let head = part(file, 0, HEAD).await?;
    let picture = Picture::of(&head).filter(Picture::is_harmless);
    let picture = picture.ok_or(JsValue::UNDEFINED)?;
    // With a type of its own, so that it is decoded as what it was looked at as.
    let media_type = JsValue::from_str(picture.media_type);
    let typed = try_call(file, "slice", &[&number(0), &number(size), &media_type])?;
    // One side alone: the other follows, also where the picture says of itself that it lies on its side.
    let (side, length) = if picture.width >= picture.height {
        ("resizeWidth", picture.width)
    } else {
        ("resizeHeight", picture.height)
    };
    let options = object([(side, length.min(SIDE).into())]);
    let bitmap = settled(&page::window(), "createImageBitmap", &[&typed, &options]).await?;
    let [width, height] = ["width", "height"].map(|side| u32::try_from(whole(&get(&bitmap, side))).unwrap_or_default());
    canvas.set_width(width);
    canvas.set_height(height);
    let context = try_call(canvas, "getContext", &[&JsValue::from_str("2d")])?;
    let drawn = try_call(&context, "drawImage", &[&bitmap, &number(0), &number(0)]);
    call(&bitmap, "close");
    drawn.map(drop)
}
