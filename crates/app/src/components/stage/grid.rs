//! The layouts that `style/grid.css` knows.

/// The name of the layout for so many people. Each of 1 to 9 has its own; more share one that scrolls.
pub(super) const fn count_name(people: usize) -> &'static str {
    match people {
        0 | 1 => "1",
        2 => "2",
        3 => "3",
        4 => "4",
        5 => "5",
        6 => "6",
        7 => "7",
        8 => "8",
        9 => "9",
        _ => "many",
    }
}

#[cfg(test)]
mod tests {
    use super::count_name;

    #[test]
    fn every_layout_that_is_named_is_in_the_style_sheet() {
        let css = include_str!("../../../../../style/grid.css");
        for people in 1..=20 {
            let selector = ["[data-count=\"", count_name(people), "\"]"].concat();
            assert!(css.contains(&selector), "{selector} for {people} people");
        }
    }
}
