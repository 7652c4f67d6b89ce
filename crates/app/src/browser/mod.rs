//! The only folder that names `web_sys`: everything that a browser does for the page. Components call [`Actions`] and read the
//! results from [`crate::state::RoomState`]. On the server none of this ever runs.

mod actions;
mod capture;
mod channels;
mod chat;
mod chime;
mod connection;
mod element;
mod farewell;
mod fetching;
mod files;
mod held;
mod ice;
mod keys;
mod listening;
pub mod location;
mod look;
mod media;
mod meter;
mod own_voice;
mod page;
mod peers;
mod pip;
mod preflight;
mod pulse;
mod report;
mod rtc_ext;
mod session;
mod share;
mod signaling;
mod sizes;
mod socket;
mod start;
mod start_bitrate;
mod stats;
mod stereo;
mod stream;
mod task;
mod timer;
mod title;
mod transceivers;
mod view;
mod voices;
mod wake_lock;

pub use actions::Actions;
pub use element::{
    aspect, open_panel, scroll_to_end, set_factor, set_percents, set_pixels, set_transform, slider_value, spot,
    toggle_full_screen,
};
pub use page::to_lobby;
pub use pip::{Mount, Mounted};
pub(crate) use session::Session;
pub use sizes::{SizeWatch, watch_box, watch_size};
pub use stream::{Stream, play, route};
