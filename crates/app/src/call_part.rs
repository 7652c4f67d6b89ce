//! What only a call needs: its face, and the engine behind it. In the build for people it is a file of its own, which is fetched while
//! the person looks at the lobby (`scripts/build-site.sh` takes the program apart).
//!
//! The linker's relocations show what only [`fetch`] reaches: that code is in the second file. So the rest of the program
//! calls into it by the pointers of [`CallPart`] alone.

use std::fmt;
use std::rc::Rc;

use leptos::prelude::*;

use crate::browser::Session;
use crate::components::ReceivedFiles;
use crate::drawn::Draw;
use crate::pages::CallFace;
use crate::state::RoomState;

/// The ways into it.
#[derive(Clone, Copy)]
pub(crate) struct CallPart {
    /// The call, as the person sees it.
    pub(crate) face: &'static dyn Draw,
    /// What is left of a call that is over: files that can still be saved.
    pub(crate) files: &'static dyn Draw,
    /// Listens to what only a call heeds. Called once.
    pub(crate) begin: fn(&Rc<Session>),
    /// Works the queue of what has happened off.
    pub(crate) work: fn(&Rc<Session>),
    /// Looks after the media, several times a second.
    pub(crate) beat: fn(&Rc<Session>, u32),
}

/// It could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFetched;

impl fmt::Display for NotFetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the call's part of the page could not be fetched")
    }
}

impl std::error::Error for NotFetched {}

/// Fetches it, if it is not here yet. After a failure it can be tried again.
///
/// # Errors
/// Where it cannot be fetched.
pub async fn fetch() -> Result<(), NotFetched> {
    apart::fetch().await
}

/// It, if it is here.
pub(crate) fn fetched() -> Option<CallPart> {
    apart::fetched()
}

fn call_face(state: RoomState) -> impl IntoView {
    view! { <CallFace state=state /> }
}

fn received_files(state: RoomState) -> impl IntoView {
    view! { <ReceivedFiles state=state /> }
}

fn ways_in() -> CallPart {
    CallPart {
        face: &call_face,
        files: &received_files,
        begin: Session::begin_part,
        work: Session::work_off,
        beat: Session::beat_in_call,
    }
}

#[cfg(feature = "split")]
mod apart {
    use std::sync::OnceLock;

    use leptos::wasm_split::{SplitLoaderError, wasm_split};

    use super::{CallPart, NotFetched};

    static PART: OnceLock<CallPart> = OnceLock::new();

    #[wasm_split(call, wasm_split_path = leptos::wasm_split, fallible)]
    fn ways_in() -> Result<CallPart, SplitLoaderError> {
        Ok(super::ways_in())
    }

    pub(super) async fn fetch() -> Result<(), NotFetched> {
        let part = ways_in().await.map_err(|_| NotFetched)?;
        let _ = PART.set(part);
        Ok(())
    }

    pub(super) fn fetched() -> Option<CallPart> {
        PART.get().copied()
    }
}

#[cfg(not(feature = "split"))]
mod apart {
    use super::{CallPart, NotFetched};

    #[expect(clippy::unused_async, reason = "as where the program is taken apart")]
    pub(super) async fn fetch() -> Result<(), NotFetched> {
        Ok(())
    }

    pub(super) fn fetched() -> Option<CallPart> {
        Some(super::ways_in())
    }
}
