//! As much of a parser as it takes to find tags, attributes and URLs in a page.

/// One start tag.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Tag {
    pub(crate) fn get(&self, attribute: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(name, _)| name == attribute);
        found.map(|(_, value)| value.as_str())
    }
}

/// Every start tag of a page; what stands inside of scripts is left out.
pub(crate) fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if !rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
            continue;
        }
        let name_end = rest
            .find(|c: char| c.is_whitespace() || c == '>' || c == '/')
            .expect("the tag ends");
        let name = rest[..name_end].to_ascii_lowercase();
        let (attributes, after) = attributes(&rest[name_end..]);
        rest = after;
        if name == "script" {
            rest = &rest[rest.find("</script").expect("the script ends")..];
        }
        tags.push(Tag { name, attributes });
    }
    tags
}

/// The attributes up to the end of a tag, and what comes after it.
fn attributes(mut rest: &str) -> (Vec<(String, String)>, &str) {
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (attributes, after);
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || "=>/".contains(c))
            .expect("the attribute ends");
        let name = rest[..end].to_ascii_lowercase();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            if let Some(quoted) = after.strip_prefix('"') {
                let end = quoted.find('"').expect("the value ends");
                value = quoted[..end].to_owned();
                rest = &quoted[end + 1..];
            } else {
                let end = after
                    .find(|c: char| c.is_whitespace() || c == '>')
                    .expect("the value ends");
                value = after[..end].to_owned();
                rest = &after[end..];
            }
        }
        attributes.push((name, value));
    }
}

/// Every quoted text of a page that is an absolute path: links, sources, preloads, and what scripts import.
pub(crate) fn paths(html: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for quote in ['"', '\'', '`'] {
        for (start, _) in html.match_indices(&format!("{quote}/")) {
            let text = &html[start + 1..];
            let end = text.find(quote).expect("the quote ends");
            let path = text[..end].to_owned();
            if !path.contains([' ', '<', '{', '\n']) && !path.starts_with("//") && !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    paths
}

#[test]
fn tags_and_paths_are_found() {
    let page =
        r#"<!DOCTYPE html><a href="/x" disabled><br/><script nonce=1>if (a < b) import("/y")</script><p ID="q">"#;
    let tags = tags(page);
    let names: Vec<_> = tags.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(names, ["a", "br", "script", "p"]);
    assert_eq!(tags[0].get("href"), Some("/x"));
    assert_eq!(tags[0].get("disabled"), Some(""));
    assert_eq!(tags[2].get("nonce"), Some("1"));
    assert_eq!(tags[3].get("id"), Some("q"));
    assert_eq!(paths(page), ["/x", "/y"]);
}
