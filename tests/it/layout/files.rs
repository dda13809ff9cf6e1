//! The files of the library as modules, with what each declares and imports.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use syn::{
    Attribute, Item, Meta, UseTree, Visibility,
    visit::{self, Visit},
};

/// A path of modules below the root of the crate, such as `operator`, `inject`.
pub(super) type Module = Vec<String>;

/// What a file says about names.
#[derive(Debug, Default)]
pub(super) struct File {
    /// What it defines itself.
    pub(super) defined: BTreeSet<String>,
    /// What it imports for others too: the name, and the path as it is written.
    pub(super) exported: BTreeMap<String, Module>,
    /// What it imports for itself.
    pub(super) imported: BTreeMap<String, Module>,
    /// Modules whose names it imports all, for others and for itself.
    pub(super) globs: (Vec<Module>, Vec<Module>),
    /// Paths in its code.
    pub(super) used: BTreeSet<Module>,
}

/// All modules that have a file.
#[derive(Debug, Default)]
pub(super) struct Sources(pub(super) BTreeMap<Module, File>);

impl Sources {
    /// Reads the library's files; tests are their own business.
    pub(super) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut sources = Self::default();
        sources.add(&root, &root.join("lib.rs"), Vec::new());
        sources
    }

    fn add(&mut self, folder: &Path, path: &Path, module: Module) {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut file = File::default();
        for item in &parsed.items {
            if is_test(attributes(item)) {
                continue;
            }
            if let Item::Mod(declared) = item
                && declared.content.is_none()
            {
                let name = declared.ident.to_string();
                let below = folder.join(&name);
                let alone = folder.join(format!("{name}.rs"));
                let path = if alone.exists() { alone } else { below.join("mod.rs") };
                self.add(&below, &path, [module.as_slice(), &[name]].concat());
                continue;
            }
            file.take(item);
        }
        self.0.insert(module, file);
    }
}

impl File {
    fn take(&mut self, item: &Item) {
        if let Item::Use(import) = item {
            let is_exported = !matches!(import.vis, Visibility::Inherited);
            self.import(&mut Vec::new(), &import.tree, is_exported);
            return;
        }
        if let Some(name) = name(item) {
            self.defined.insert(name);
        }
        Paths(self).visit_item(item);
    }

    fn import(&mut self, before: &mut Module, tree: &UseTree, is_exported: bool) {
        let names = if is_exported { &mut self.exported } else { &mut self.imported };
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.import(before, &path.tree, is_exported);
                before.pop();
            }
            UseTree::Name(name) if name.ident == "self" => {
                names.insert(before.last().cloned().unwrap_or_default(), before.clone());
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                names.insert(name.clone(), [before.as_slice(), &[name]].concat());
            }
            UseTree::Rename(name) => {
                let path = [before.as_slice(), &[name.ident.to_string()]].concat();
                let path = if name.ident == "self" { before.clone() } else { path };
                // What is called `_` is used all the same.
                let called = if name.rename == "_" { path.join("::") } else { name.rename.to_string() };
                names.insert(called, path);
            }
            UseTree::Glob(_) => {
                let globs = if is_exported { &mut self.globs.0 } else { &mut self.globs.1 };
                globs.push(before.clone());
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(before, tree, is_exported);
                }
            }
        }
    }
}

/// Collects the paths that code uses, imports inside of functions among them.
struct Paths<'a>(&'a mut File);

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter();
        self.0
            .used
            .insert(segments.map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, import: &'ast syn::ItemUse) {
        self.0.import(&mut Vec::new(), &import.tree, false);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    /// Derives and friends are no paths of the crate.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    /// `pub(in path)` names an ancestor, and uses nothing of it.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && matches!(&attribute.meta, Meta::List(list) if list.tokens.to_string() == "test")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Mod(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}
