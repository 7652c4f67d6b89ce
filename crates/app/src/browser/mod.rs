//! The only folder that names `web_sys`: everything that a browser does for the page. Components call [`Actions`] and read the
//! results from [`crate::state::RoomState`]. On the server none of this ever runs.

mod actions;
mod capture;
mod channels;
mod connection;
mod farewell;
mod held;
mod ice;
mod listening;
pub mod location;
mod media;
mod meter;
mod page;
mod peers;
mod preflight;
mod pulse;
mod report;
mod rtc_ext;
mod session;
mod signaling;
mod sizes;
mod socket;
mod start;
mod start_bitrate;
mod stats;
mod stream;
mod task;
mod timer;
mod transceivers;
mod view;
mod wake_lock;

pub use actions::Actions;
pub use sizes::{SizeWatch, watch_size};
pub use stream::{Stream, play, route};
