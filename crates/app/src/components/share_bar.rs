//! What one shares, while one does: that everybody sees it, and how it is sent. And who shares, for those who do not see it.

use call::quality::Content;
use leptos::prelude::*;
use protocol::SourceState;

use super::button::Plain;
use super::choice::{Choice, Choosable, Switch};
use super::{Icon, Shape, press, saying, text};
use crate::browser::Actions;
use crate::state::RoomState;
use crate::texts::texts;

/// Above the stage.
#[component]
pub(crate) fn ShareBar(state: RoomState) -> impl IntoView {
    let actions = Actions::from_context();
    let (words, share) = (texts().share, state.share);
    let contents = move || {
        let contents = [
            (Content::Text, words.text, Shape::Text),
            (Content::Motion, words.motion, Shape::Motion),
        ];
        let choose = move |content| actions.set_share_content(content);
        Vec::from(contents.map(|content| Choosable::new(content, share.content, choose)))
    };
    let sound = move || {
        if share.has_sound.get() {
            words.with_sound
        } else {
            words.without_sound
        }
        .into()
    };
    view! {
        <ShareNews state=state />
        <Show when=move || share.on.get()>
            <section class="sharing" aria-label=words.own>
                <p>
                    <Icon shape=Shape::Screen />
                    {words.sharing}
                    <small>{text(sound)}</small>
                </p>
                <Choice label=words.content options=contents() />
                <Switch
                    label=texts().pointing.let_others
                    hint=texts().pointing.let_others_hint
                    on=share.let_point
                    set=Box::new(move |on| actions.let_others_point(on))
                />
                <Plain label=words.other on_press=press(move || actions.share_other()) />
                <Plain label=words.stop class="button stop" on_press=press(move || actions.toggle_share()) />
            </section>
        </Show>
    }
}

/// Says aloud who begins to share and who ends it, oneself included.
#[component]
fn ShareNews(state: RoomState) -> impl IntoView {
    let news = Memo::new(move |before: Option<&News>| {
        let sharing = sharing(state);
        match before {
            None => News { sharing, said: None },
            Some(before) => before.then(sharing),
        }
    });
    view! {
        // It is there before there is anything to say: otherwise it is not read aloud.
        <p class="unseen" role="status">
            {saying(move || news.get().said)}
        </p>
    }
}

/// Everybody who shares.
fn sharing(state: RoomState) -> Vec<Sharing> {
    let own = state.share.on.get().then_some(Sharing::Own);
    let others = state.peers.get().into_iter().filter_map(|tile| {
        let shares = tile.media.get().screen == SourceState::On;
        shares.then(|| Sharing::Other {
            tile: tile.number,
            name: tile.name.get(),
        })
    });
    own.into_iter().chain(others).collect()
}

/// Somebody who shares.
#[derive(Clone, Debug, PartialEq)]
enum Sharing {
    Own,
    Other { tile: u32, name: String },
}

impl Sharing {
    /// Whether both are of one person, who may have another name by now.
    fn is_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Other { tile, .. }, Self::Other { tile: of, .. }) => tile == of,
            _ => self == other,
        }
    }

    fn begun(&self) -> String {
        match self {
            Self::Own => texts().share.sharing.into(),
            Self::Other { name, .. } => (texts().share.begun)(name),
        }
    }

    fn ended(&self) -> String {
        match self {
            Self::Own => texts().share.own_ended.into(),
            Self::Other { name, .. } => (texts().share.ended)(name),
        }
    }
}

/// Who shares, and what was said of it last.
#[derive(Clone, Debug, Default, PartialEq)]
struct News {
    sharing: Vec<Sharing>,
    said: Option<String>,
}

impl News {
    fn then(&self, sharing: Vec<Sharing>) -> Self {
        let is_in = |list: &[Sharing], one: &Sharing| list.iter().any(|of| of.is_of(one));
        let begun = sharing.iter().find(|one| !is_in(&self.sharing, one));
        let ended = self.sharing.iter().find(|one| !is_in(&sharing, one));
        let said = begun.map(Sharing::begun).or_else(|| ended.map(Sharing::ended));
        Self {
            said: said.or_else(|| self.said.clone()),
            sharing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(tile: u32, name: &str) -> Sharing {
        Sharing::Other {
            tile,
            name: name.into(),
        }
    }

    #[test]
    fn who_begins_and_who_ends_is_said_once() {
        let words = texts().share;
        let mut news = News::default();
        let mut said = |sharing: &[Sharing]| {
            news = news.then(sharing.to_vec());
            news.said.clone()
        };
        assert_eq!(said(&[]), None);
        assert_eq!(said(&[other(1, "Ada")]), Some((words.begun)("Ada")));
        assert_eq!(said(&[other(1, "Ada L.")]), Some((words.begun)("Ada")));
        assert_eq!(said(&[other(1, "Ada L."), Sharing::Own]), Some(words.sharing.into()));
        assert_eq!(said(&[other(1, "Ada L.")]), Some(words.own_ended.into()));
        assert_eq!(said(&[other(2, "Ben")]), Some((words.begun)("Ben")));
        assert_eq!(said(&[]), Some((words.ended)("Ben")));
        assert_eq!(said(&[]), Some((words.ended)("Ben")));
    }
}
