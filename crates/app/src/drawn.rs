//! A view that is drawn by a pointer: the caller holds none of its code.
//!
//! `AnyView` does the same and more. It owns what it shows, can wait for it and can change it in place, and each of these is another
//! copy of a view's code: of the call, 100 KB in brotli.

use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::no_attrs;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::view::{Mountable, Position, PositionState, Render, RenderHtml};

use crate::state::RoomState;

/// Something that draws a view: the function of a component.
pub(crate) trait Draw: Send + Sync {
    fn build(&self, state: RoomState) -> OnPage;
    fn hydrate(&self, state: RoomState, cursor: &Cursor, position: &PositionState) -> OnPage;
    #[cfg(feature = "ssr")]
    fn write(&self, state: RoomState, html: &mut String, position: &mut Position, escape: bool, mark_branches: bool);
}

impl<F, V> Draw for F
where
    F: Fn(RoomState) -> V + Send + Sync,
    V: IntoView,
    V::State: 'static,
{
    fn build(&self, state: RoomState) -> OnPage {
        OnPage(Box::new(self(state).into_view().build()))
    }

    fn hydrate(&self, state: RoomState, cursor: &Cursor, position: &PositionState) -> OnPage {
        OnPage(Box::new(self(state).into_view().hydrate::<true>(cursor, position)))
    }

    #[cfg(feature = "ssr")]
    fn write(&self, state: RoomState, html: &mut String, position: &mut Position, escape: bool, mark_branches: bool) {
        let view = self(state).into_view();
        view.to_html_with_buf(html, position, escape, mark_branches, Vec::new());
    }
}

/// The view, to be shown.
pub(crate) struct Drawn {
    pub(crate) by: &'static dyn Draw,
    pub(crate) state: RoomState,
}

/// The view, as it is on the page.
pub(crate) struct OnPage(Box<dyn Mountable>);

impl Render for Drawn {
    type State = OnPage;

    fn build(self) -> OnPage {
        self.by.build(self.state)
    }

    fn rebuild(self, before: &mut OnPage) {
        let mut now = self.build();
        before.insert_before_this(&mut now);
        before.unmount();
        *before = now;
    }
}

impl RenderHtml for Drawn {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    #[cfg_attr(not(feature = "ssr"), expect(unused_variables, reason = "only a server writes HTML"))]
    fn to_html_with_buf(
        self,
        html: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        _extra_attributes: Vec<AnyAttribute>,
    ) {
        #[cfg(feature = "ssr")]
        self.by.write(self.state, html, position, escape, mark_branches);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> OnPage {
        self.by.hydrate(self.state, cursor, position)
    }

    fn into_owned(self) -> Self {
        self
    }
}

no_attrs!(Drawn);

impl Mountable for OnPage {
    fn unmount(&mut self) {
        self.0.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.0.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.0.elements()
    }
}
