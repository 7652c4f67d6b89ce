//! What pages are made of.

mod avatar;
mod brand;
mod connections;
mod controls;
mod device_menu;
mod icon;
mod lively;
mod low_data;
mod mark;
mod meter;
mod name_field;
mod notice;
mod stage;
mod tile;

pub(crate) use brand::Brand;
pub(crate) use connections::Connections;
pub(crate) use controls::{Bar, DeviceToggles};
pub(crate) use device_menu::DeviceMenu;
pub(crate) use icon::{Icon, Shape};
pub(crate) use lively::{Press, press, saying, text, truth, when, word};
pub(crate) use low_data::LowData;
pub(crate) use meter::Meter;
pub(crate) use name_field::NameField;
pub(crate) use notice::Notices;
pub(crate) use stage::Stage;
pub(crate) use tile::OwnTile;
