//! Rooms, presence and signal relay over one WebSocket.

mod rooms;

pub use rooms::{Delivery, Limits, Rooms};
