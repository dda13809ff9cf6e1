//! The paths of the user's files below the folder.

/// What stands for the folder above.
const ABOVE: &str = "_above_";

/// The path of the file called `name` below the folder: what it was given as, without what would lead out of it.
pub(super) fn relative(name: &str) -> String {
    let names = name
        .split(['/', '\\'])
        .filter(|name| !name.is_empty() && *name != ".")
        .map(|name| if name == ".." { ABOVE } else { name });
    names.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn nothing_leads_out_of_the_folder() {
        let all = ["a.yaml", "./b/../c.yaml", "/etc/d.yaml", "../e.yaml", "f//g.yaml"].map(relative);
        assert_eq!(all.join(" "), "a.yaml b/_above_/c.yaml etc/d.yaml _above_/e.yaml f/g.yaml");
    }
}
