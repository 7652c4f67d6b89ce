//! One file per page, and per face of the room page.

mod home;
mod not_found;
mod room;

pub(crate) use home::HomePage;
pub(crate) use not_found::NotFoundPage;
pub use room::RoomPage;
