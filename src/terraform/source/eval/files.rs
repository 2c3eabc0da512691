//! `file` and `templatefile`: only regular files inside the folder of the root module, or of the
//! module that asks.

use hcl_edit::expr::FuncCall;
use hcl_edit::template::Template;

use super::super::file;
use super::super::functions::base64;
use super::super::heredoc;
use super::super::limits::is_sane;
use super::super::val::{Res, Stop, Val};
use super::{Eval, Frame, Names};

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 256 << 10;

impl Eval<'_> {
    pub(super) fn file_function(&mut self, frame: Frame<'_>, name: &str, call: &FuncCall) -> Res {
        let path = call.args.get(0).ok_or(Stop::Fails)?;
        let path = match self.eval(frame, path)?.to_text()? {
            Val::String(path) => path,
            other => {
                return other.doubt().map_or(Err(Stop::Fails), |why| Ok(Val::Unknown(why)));
            }
        };
        if name == "fileexists" {
            return Ok(super::not_evaluated(name));
        }
        let root = &self.source.dir;
        // A module beside the root module, `../../`, reads its own templates.
        let own = &frame.instance.module.dir;
        let read = |folder| self.source.tree.read_inside(root, folder, &path, MAX_FILE);
        let found = read(root).or_else(|| read(own));
        let Some(text) = found else {
            return Ok(Val::unknown(format!(
                "calls `{name}` on a file that holdpoint does not read: it reads only files of at \
                 most {} KiB inside the source folder or the module's folder",
                MAX_FILE >> 10,
            )));
        };
        self.charge(100 + (text.len() / 64) as u64)?;
        match name {
            "file" => Val::long_text(text),
            "filebase64" => Val::long_text(base64(text.as_bytes())),
            _ => self.template_file(frame, text, call),
        }
    }

    fn template_file(&mut self, frame: Frame<'_>, text: String, call: &FuncCall) -> Res {
        let vars = self.eval(frame, call.args.get(1).ok_or(Stop::Fails)?)?;
        let map = match &vars {
            Val::Object(map) => map,
            other => {
                return other.doubt().map_or(Err(Stop::Fails), |why| Ok(Val::Unknown(why)));
            }
        };
        if let Some(why) = &map.rest {
            return Ok(Val::Unknown(why.clone()));
        }
        if !is_sane(&text) {
            return Err(Stop::TooMuch);
        }
        let template = file::with_parser_stack(move || {
            let mut template = text.parse::<Template>().map_err(|_| Stop::Fails)?;
            heredoc::settle_template(&mut template);
            Ok(template)
        })
        .unwrap_or(Err(Stop::TooMuch))?;
        // A list of names is linked by borrowing; recursion over the entries makes the links.
        let entries: Vec<(&String, &Val)> = map.entries.iter().collect();
        if entries.len() > 64 {
            return Err(Stop::TooMuch);
        }
        self.bind_all(frame, &entries, None, &template)
    }

    fn bind_all(
        &mut self,
        frame: Frame<'_>,
        entries: &[(&String, &Val)],
        names: Option<&Names<'_>>,
        template: &Template,
    ) -> Res {
        match entries.split_first() {
            Some(((name, value), tail)) => {
                let names = Names { name, value, next: names };
                self.bind_all(frame, tail, Some(&names), template)
            }
            None => {
                let inner = Frame { instance: frame.instance, owner: None, names };
                self.template(inner, template)
            }
        }
    }
}
