//! One file per page, and per face of the room page.

mod call;
mod home;
mod left;
mod lobby;
mod not_found;
mod room;

pub(crate) use call::CallFace;
pub(crate) use home::HomePage;
pub(crate) use not_found::NotFoundPage;
#[cfg(all(test, feature = "ssr"))]
pub(crate) use room::Faces;
pub use room::RoomPage;
