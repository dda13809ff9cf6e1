//! Tables of the documentation that come from the code, for the tests that hold the pages to it.

use parking_lot::Mutex;

/// Tests run beside one another, and a page may have several tables.
static WRITING: Mutex<()> = Mutex::new(());

/// Compares the part of `page` between the markers of `name` with `table`, or replaces it when asked to.
pub(crate) fn page_has(page: &str, name: &str, table: &str) {
    let path = format!("{}/{page}", env!("CARGO_MANIFEST_DIR"));
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let _writing = WRITING.lock();
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(&begin).unwrap();
    let (written, after) = rest.split_once(&end).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a switch of the tests")]
    let update = std::env::var_os("WISP_UPDATE_DOCS").is_some();
    if update {
        std::fs::write(path, format!("{before}{begin}{table}\n{end}{after}")).unwrap();
        return;
    }
    assert!(written.trim() == table.trim(), "{page} differs: run the tests once with WISP_UPDATE_DOCS=1");
}
