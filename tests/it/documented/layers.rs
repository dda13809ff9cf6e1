//! The picture of the code has the layers that the layout test holds imports to.

use syn::{Expr, Item, Lit};

use super::read;

#[test]
fn the_picture_has_the_layers() {
    let text = read("docs/pictures/code.txt");
    let rows = text.lines().filter_map(|line| line.split('|').nth_back(2));
    let drawn: Vec<_> = rows.map(str::trim).collect();
    assert_eq!(
        drawn,
        layers(),
        "docs/pictures/code.txt has other layers than tests/it/layout.rs: change it, and run `make pictures`"
    );
}

fn layers() -> Vec<String> {
    let file = syn::parse_file(&read("tests/it/layout.rs")).unwrap();
    let layers = file.items.into_iter().find_map(|item| match item {
        Item::Const(item) if item.ident == "LAYERS" => Some(*item.expr),
        _ => None,
    });
    let modules = |layer| {
        elements(layer)
            .into_iter()
            .map(text)
            .collect::<Vec<_>>()
            .join(", ")
    };
    elements(layers.unwrap()).into_iter().map(modules).collect()
}

/// The elements of `&[…]`.
fn elements(list: Expr) -> Vec<Expr> {
    let Expr::Reference(list) = list else { panic!("no list") };
    let Expr::Array(list) = *list.expr else { panic!("no list") };
    list.elems.into_iter().collect()
}

fn text(word: Expr) -> String {
    match word {
        Expr::Lit(word) => match word.lit {
            Lit::Str(word) => word.value(),
            _ => panic!("no text"),
        },
        _ => panic!("no text"),
    }
}
