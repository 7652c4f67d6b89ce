//! What pages are made of.

mod avatar;
mod brand;
mod controls;
mod device_menu;
mod icon;
mod mark;
mod meter;
mod name_field;
mod notice;
mod stage;
mod tile;

pub(crate) use brand::Brand;
pub(crate) use controls::{Bar, DeviceToggles};
pub(crate) use device_menu::DeviceMenu;
pub(crate) use icon::{Icon, Shape};
pub(crate) use meter::Meter;
pub(crate) use name_field::NameField;
pub(crate) use notice::Notices;
pub(crate) use stage::Stage;
pub(crate) use tile::OwnTile;

/// An attribute's text for a state that is either on or off: ARIA wants the words, not the attribute's presence.
pub(crate) const fn truth(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}
