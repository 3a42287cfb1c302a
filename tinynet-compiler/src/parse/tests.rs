use super::parse;
use crate::ast::{Comparison, Invocation, LimitArgument, Network, Number, ValueKind};
use crate::diagnostics::Errors;
use crate::function::{BinaryOperator, Comparison as Order, Expression, NamedFunction};
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::quote;

fn run(tokens: TokenStream) -> (Invocation, Vec<String>) {
    let mut errors = Errors::new();
    let invocation = parse(quote!((::tinynet) #tokens), &mut errors);
    (invocation, errors.messages())
}

fn network(tokens: TokenStream) -> Network {
    let (mut invocation, errors) = run(tokens);
    assert_eq!(errors, [""; 0]);
    assert_eq!(invocation.networks.len(), 1);
    let network = invocation.networks.remove(0);
    assert!(network.is_whole);
    network
}

/// The value of `Operator { option: … }`.
fn value(tokens: TokenStream) -> ValueKind {
    let mut network = network(quote!(struct Net { Operator { option: #tokens } }));
    network.layers.as_mut().unwrap()[0].options.remove(0).value.kind
}

fn number(tokens: TokenStream) -> Number {
    match value(tokens) {
        ValueKind::Number(number) => number,
        _ => panic!("not a number"),
    }
}

fn function(tokens: TokenStream) -> Expression {
    match value(tokens) {
        ValueKind::Function(function) => function,
        _ => panic!("not a function"),
    }
}

/// The error about `Operator { option: … }`, which must be the only one.
fn value_error(tokens: TokenStream) -> String {
    let (invocation, mut errors) = run(quote!(struct Net { Operator { option: #tokens, next: 1 }, Relu }));
    let layers = invocation.networks[0].layers.as_ref().unwrap();
    assert!(matches!(layers[0].options[0].value.kind, ValueKind::Missing));
    assert_eq!(layers[0].options[1].name, "next");
    assert_eq!(layers.len(), 2);
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

/// The errors about a body of layers, and the operators that were read nevertheless.
fn body_errors(tokens: TokenStream) -> (Vec<String>, Vec<String>) {
    let (invocation, errors) = run(quote!(struct Net { #tokens }));
    let layers = invocation.networks[0].layers.as_ref().unwrap();
    (errors, layers.iter().map(|layer| layer.operator.to_string()).collect())
}

fn errors(tokens: TokenStream) -> Vec<String> {
    run(tokens).1
}

#[test]
fn a_whole_network() {
    let network = network(quote! {
        /// Digits.
        #[derive(Debug)]
        pub(crate) struct Touch = "touch.npz"
        where
            flash <= 24 * KIB,
            ram <= 1 * KIB,
            cycles(cortex_m0) <= 48_000,
            accuracy("test.npz") >= 0.97,
        {
            pad: Input { shape: [8, 8, 1], calibration: "touch.npy" },
            /// The first one.
            conv1: Conv2d { filters: 8, kernel: [3, 3], padding: Same },
            Relu,
            sum: Add { inputs: [conv1, pad] },
            fc: Dense { units: 10, use_bias: false }
        }
    });
    assert_eq!(network.name, "Touch");
    assert_eq!(network.attributes.len(), 2);
    assert!(matches!(network.visibility, syn::Visibility::Restricted(_)));
    assert_eq!(network.file.unwrap().value(), "touch.npz");
    let limits: Vec<_> =
        network.limits.iter().map(|l| (l.resource.to_string(), l.bound.to_string())).collect();
    assert_eq!(
        limits,
        [("flash", "24 * KIB"), ("ram", "1 * KIB"), ("cycles", "48_000"), ("accuracy", "0.97")]
            .map(|(a, b)| (a.into(), b.into()))
    );
    assert!(
        matches!(&network.limits[2].argument, Some(LimitArgument::Word(word, settings)) if word == "cortex_m0" && settings.is_empty())
    );
    assert_eq!(files(&network.limits[3].argument), (vec!["test.npz".into()], None));
    assert_eq!(network.limits[3].comparison, Comparison::AtLeast);
    let layers = network.layers.unwrap();
    let names: Vec<_> = layers
        .iter()
        .map(|layer| {
            (layer.label.as_ref().map_or(String::new(), ToString::to_string), layer.operator.to_string())
        })
        .collect();
    assert_eq!(
        names,
        [("pad", "Input"), ("conv1", "Conv2d"), ("", "Relu"), ("sum", "Add"), ("fc", "Dense")]
            .map(|(a, b)| (a.into(), b.into()))
    );
    let kind = |layer: usize, option: &str| &layers[layer].option(option).unwrap().value.kind;
    assert!(matches!(kind(0, "shape"), ValueKind::List(list) if list.len() == 3));
    assert!(matches!(kind(0, "calibration"), ValueKind::Text(file) if file.value() == "touch.npy"));
    assert!(matches!(kind(1, "padding"), ValueKind::Word(word) if word == "Same"));
    assert!(matches!(kind(3, "inputs"), ValueKind::List(list)
        if matches!(&list[1].kind, ValueKind::Word(word) if word == "pad")));
    assert!(matches!(kind(4, "use_bias"), ValueKind::Bool(false)));
}

#[test]
fn a_whole_model_and_several_networks() {
    let (invocation, errors) = run(quote! {
        pub struct Kws = "kws.tflite" where flash <= 64 * KIB, ram <= BOARD_RAM;
        struct Other { Input { shape: [1] } }
    });
    assert_eq!(errors, [""; 0]);
    assert_eq!(invocation.facade.to_string(), ":: tinynet");
    assert!(invocation.networks[0].layers.is_none());
    assert_eq!(invocation.networks[0].limits[1].bound.to_string(), "BOARD_RAM");
    assert_eq!(invocation.networks[1].name, "Other");
}

/// The files of a limit's argument, and what is set for them.
fn files(argument: &Option<LimitArgument>) -> (Vec<String>, Option<String>) {
    let Some(LimitArgument::Files(files, setting)) = argument else { panic!("no files") };
    let setting = setting.as_ref().map(|(name, value)| format!("{name}: {value}"));
    (files.iter().map(syn::LitStr::value).collect(), setting)
}

#[test]
fn limits_may_name_two_files_and_how_many_samples() {
    let argument = |limit: TokenStream| {
        let mut network = network(quote!(struct Net where #limit { Relu }));
        files(&network.limits.remove(0).argument)
    };
    let two = || vec!["x.npy".to_owned(), "y.npy".to_owned()];
    assert_eq!(argument(quote!(error("x.npy", "y.npy") <= 0.5)), (two(), None));
    assert_eq!(argument(quote!(error("x.npy", "y.npy",) <= 0.5)), (two(), None));
    let set = Some("samples: 500".to_owned());
    assert_eq!(argument(quote!(error("x.npy", "y.npy", samples: 500,) <= 0.5)), (two(), set.clone()));
    assert_eq!(argument(quote!(auc("t.npz", samples: 500) >= 0.5)), (vec!["t.npz".into()], set));
}

#[test]
fn a_brace_ends_a_limit() {
    let network = network(quote!(struct Net where ram <= 1 * KIB { Relu }));
    assert_eq!(network.limits[0].bound.to_string(), "1 * KIB");
    assert_eq!(network.layers.unwrap().len(), 1);
}

#[test]
fn numbers() {
    let integer = |value| Number { value, is_integer: true };
    let real = |value| Number { value, is_integer: false };
    assert_eq!(number(quote!(3)), integer(3.0));
    assert_eq!(number(quote!(-1)), integer(-1.0));
    assert_eq!(number(quote!(--1)), integer(1.0));
    assert_eq!(number(quote!(1_000)), integer(1000.0));
    assert_eq!(number(quote!(0x1F)), integer(31.0));
    assert_eq!(number(quote!(0b101)), integer(5.0));
    assert_eq!(number(quote!(4 * 8)), integer(32.0));
    assert_eq!(number(quote!(2 + 3 * 4 - 1)), integer(13.0));
    assert_eq!(number(quote!((2 + 3) * -4)), integer(-20.0));
    assert_eq!(number(quote!(8 / 2 / 2)), integer(2.0));
    assert_eq!(number(quote!(2 * KIB)), integer(2048.0));
    assert_eq!(number(quote!(MIB)), integer(1_048_576.0));
    assert_eq!(number(quote!(1.0 / 255.0)), real(1.0 / 255.0));
    assert_eq!(number(quote!(1 / 255.0)), real(1.0 / 255.0));
    assert_eq!(number(quote!(1e-3)), real(1e-3));
    assert_eq!(number(quote!(2.5E2)), real(250.0));
    assert_eq!(number(quote!(1_0.2_5)), real(10.25));
    assert_eq!(number(quote!(3.)), real(3.0));
    assert_eq!(number(quote!(core::f64::consts::PI)), real(std::f64::consts::PI));
    assert_eq!(number(quote!(::std::f32::consts::E / 2)), real(std::f64::consts::E / 2.0));
    assert!(number(quote!(-0)).value.is_sign_positive());
    assert!(number(quote!(-0.0)).value.is_sign_negative());
}

#[test]
fn numbers_that_macros_made() {
    let negative = Literal::i32_unsuffixed(-7);
    assert_eq!(number(quote!(#negative)).value, -7.0);
    // `$a * 4` where `$a` is `1 + 2`
    let sum = Group::new(Delimiter::None, quote!(1 + 2));
    assert_eq!(number(quote!(#sum * 4)).value, 12.0);
    let text = Group::new(Delimiter::None, quote!("file"));
    assert!(matches!(value(quote!(#text)), ValueKind::Text(file) if file.value() == "file"));
    let none = Group::new(Delimiter::None, quote!());
    let public = Group::new(Delimiter::None, quote!(pub(crate)));
    assert!(matches!(network(quote!(#none struct Net { Relu })).visibility, syn::Visibility::Inherited));
    assert!(matches!(
        network(quote!(#public struct Net { Relu })).visibility,
        syn::Visibility::Restricted(_)
    ));
    assert!(network(quote!(struct Net = #text;)).file.is_some());
}

#[test]
fn errors_about_numbers() {
    assert_eq!(
        value_error(quote!(3usize)),
        "numbers have no type here: the suffix `usize` is not allowed\n= help: write `3`"
    );
    assert_eq!(
        value_error(quote!([1.5f32])),
        "numbers have no type here: the suffix `f32` is not allowed\n= help: write `1.5`"
    );
    assert_eq!(
        value_error(quote!(1 / 255)),
        "`1 / 255` has a remainder: in Rust it would be 0\n= help: write `1.0 / 255.0` for the fraction"
    );
    assert_eq!(value_error(quote!(1 / 0)), "division by zero");
    assert_eq!(value_error(quote!(1.0 / 0.0)), "division by zero");
    assert_eq!(value_error(quote!(10000000000000000)), "integers beyond 2^53 are not supported");
    assert_eq!(value_error(quote!(KIB * MIB * MIB * MIB)), "integers beyond 2^53 are not supported");
    assert_eq!(value_error(quote!(1e999)), "this number is too large for a double");
    assert_eq!(value_error(quote!(1e200 * 1e200)), "this number is too large for a double");
    assert_eq!(
        value_error(quote!(HIDDEN * 2)),
        "the value of `HIDDEN` is not known here\n= help: a macro sees names, not the values of your constants: \
         write the number"
    );
    assert_eq!(value_error(quote!("a" + 1)), "only numbers can be calculated with");
    assert_eq!(value_error(quote!(4 *)), "expected a value, found `,`");
    assert_eq!(value_error(quote!((4 * ))), "expected a value, found the end");
    assert_eq!(value_error(quote!((1 2))), "expected `)`, found `2`");
}

#[test]
fn errors_about_values() {
    assert_eq!(
        value_error(quote!((3, 3))),
        "expected `)`, found `,`\n= help: lists are written in brackets: `[3, 3]`"
    );
    assert_eq!(value_error(quote!({ 3 })), "expected a value, found `{`\n= help: lists are written `[1, 2]`");
    assert_eq!(
        value_error(quote!(&[3])),
        "expected a value, found `&`\n= help: leave the `&` out: values are written plainly"
    );
    assert_eq!(
        value_error(quote!([0; 10])),
        "lists that repeat an element are not supported\n= help: write every element between commas"
    );
    assert_eq!(value_error(quote!([1 2])), "expected `,` or `]`, found `2`");
    assert_eq!(value_error(quote!([, 2])), "expected a value, found `,`");
    assert_eq!(
        value_error(quote!(include_str!("x"))),
        "`include_str!` is a macro\n= help: macros inside are not expanded: write what it would give"
    );
    assert_eq!(value_error(quote!('x')), "expected a number or \"text\", found `'x'`");
    assert_eq!(value_error(quote!(b"x")), "expected a number or \"text\", found `b\"x\"`");
}

#[test]
fn words_lists_and_calls() {
    assert!(matches!(value(quote!([])), ValueKind::List(list) if list.is_empty()));
    assert!(matches!(value(quote!([[1, -1,], [0.5, 2 * 3]])), ValueKind::List(list) if list.len() == 2));
    assert!(matches!(value(quote!(Percentile(99.9))), ValueKind::Call(name, arguments)
        if name == "Percentile" && matches!(arguments[0].kind, ValueKind::Number(n) if n.value == 99.9)));
    assert!(matches!(value(quote!(true)), ValueKind::Bool(true)));
    assert!(matches!(value(quote!(r"a\b")), ValueKind::Text(file) if file.value() == r"a\b"));
}

#[test]
fn an_option_without_a_value_is_kept() {
    for tokens in [
        quote!(struct Net { Dense { units }, Relu }),
        quote!(struct Net { Dense { units: }, Relu }),
        quote!(struct Net { Dense { units: , }, Relu }),
    ] {
        let (invocation, errors) = run(tokens);
        assert_eq!(errors, ["option `units` needs a value\n= help: write `units: …`"]);
        let layers = invocation.networks[0].layers.as_ref().unwrap();
        assert_eq!(layers.len(), 2);
        assert!(matches!(layers[0].option("units").unwrap().value.kind, ValueKind::Missing));
    }
}

#[test]
fn functions() {
    use Expression::{Binary, Call, Condition, Constant, Negate, Variable};
    let binary = |operator, a, b| Binary(operator, Box::new(a), Box::new(b));
    let softsign = binary(
        BinaryOperator::Divide,
        Variable,
        binary(BinaryOperator::Add, Constant(1.0), Call(NamedFunction::Abs, vec![Variable])),
    );
    assert_eq!(function(quote!(|x| x / (1.0 + abs(x)))), softsign);
    assert_eq!(function(quote!(|x: f32| x / (1 + x.abs()))), softsign);
    assert_eq!(function(quote!(|value| value / (1.0 + f64::abs(value)))), softsign);
    let squared = Call(NamedFunction::Pow, vec![Variable, Constant(2.0)]);
    assert_eq!(function(quote!(|x| -x.powi(2))), Negate(Box::new(squared)));
    assert_eq!(
        function(quote!(|x| if x < 0.0 {
            0.1 * x
        } else if x >= 1 {
            1
        } else {
            x
        })),
        Condition(
            Order::Less,
            Box::new([
                Variable,
                Constant(0.0),
                binary(BinaryOperator::Multiply, Constant(0.1), Variable),
                Condition(
                    Order::GreaterOrEqual,
                    Box::new([Variable, Constant(1.0), Constant(1.0), Variable])
                ),
            ])
        )
    );
    assert_eq!(
        function(quote!(|x| x.max(0.0).min(core::f64::consts::PI))),
        Call(
            NamedFunction::Min,
            vec![Call(NamedFunction::Max, vec![Variable, Constant(0.0)]), Constant(std::f64::consts::PI)]
        )
    );
    assert_eq!(function(quote!(|E| E)), Variable);
    assert_eq!(function(quote!(|x| { E })), Constant(std::f64::consts::E));
    assert_eq!(
        function(quote!(|x| x - 1 - 2)),
        binary(
            BinaryOperator::Subtract,
            binary(BinaryOperator::Subtract, Variable, Constant(1.0)),
            Constant(2.0)
        )
    );
}

#[test]
fn errors_about_functions() {
    let list = "abs, exp, ln, sqrt, sin, cos, tanh, sigmoid, erf, floor, min, max, clamp, pow";
    assert_eq!(
        value_error(quote!(|x| tahn(x))),
        format!("unknown function `tahn`\n= help: did you mean `tanh`? The functions are {list}")
    );
    assert_eq!(
        value_error(quote!(|x| x.signum())),
        format!("unknown function `signum`\n= help: the functions are {list}")
    );
    assert!(
        value_error(quote!(|x| y))
            .starts_with("unknown name `y`\n= help: the variable is `x`, the constants")
    );
    assert_eq!(value_error(quote!(|x| max(x))), "`max` takes 2 arguments, not 1\n= help: write `max(x, a)`");
    assert_eq!(value_error(quote!(|x| x.max())), "`max` takes 2 arguments, not 1\n= help: write `x.max(a)`");
    assert_eq!(
        value_error(quote!(|x, y| x + y)),
        "expected `|`, found `,`\n= help: an activation is a function of one number"
    );
    assert_eq!(
        value_error(quote!(|| 1.0)),
        "expected the name of the variable, found `|`\n= help: write `|x| …`"
    );
    assert_eq!(
        value_error(quote!(|x| if x == 0.0 { 1.0 } else { x })),
        "expected a comparison, found `==`\n= help: compare with `<`, `<=`, `>` or `>=`, one comparison an `if`"
    );
    assert_eq!(
        value_error(quote!(|x| if x < 0.0 {
            1.0
        })),
        "expected `else`: a function has a value everywhere, found `,`"
    );
    assert_eq!(
        value_error(quote!(|x| {
            let y = x;
            y
        })),
        "expected one expression without statements, found `let`"
    );
    assert_eq!(
        value_error(quote!(|x| x % 2.0)),
        "expected an operator, found `%`\n= help: the operators are `+ - * /`"
    );
    assert_eq!(value_error(quote!(|x| x * )), "expected an expression of `x`, found `,`");
    assert_eq!(
        value_error(quote!(|x| 2f64 * x)),
        "numbers have no type here: the suffix `f64` is not allowed\n= help: write `2`"
    );
}

#[test]
fn several_errors_and_what_was_read_nevertheless() {
    let (errors, operators) = body_errors(quote! {
        pad: Input { shape: (8, 8), scale: 1.0 },
        "what",
        Dense(32),
        fc = Dense { units: 3 },
        Relu { slope = 3 },
        #[cfg(test)]
        Tanh,
        last: Dense { units: 10 use_bias: true },
    });
    assert_eq!(
        errors,
        [
            "expected `)`, found `,`\n= help: lists are written in brackets: `[3, 3]`",
            "expected a layer, found `\"what\"`\n= help: write `label: Dense { units: 10 }` or `Relu`",
            "expected `{`, found `(` behind `Dense`\n= help: options stand in braces, by name: `Dense { option: value }`",
            "expected `:` behind the label, found `=`\n= help: write `fc: …`",
            "expected `:` behind the option's name, found `=`\n= help: write `slope: …`",
            "layers and options take no attributes, only comments\n= help: attributes of the generated type stand before `struct`",
            "expected `,` between options, found `use_bias`\n= help: every option but the last has a `,` behind it",
        ]
    );
    assert_eq!(operators, ["Input", "_", "Dense", "Dense", "Relu", "Tanh", "Dense"]);
}

#[test]
fn a_forgotten_comma_loses_no_layer() {
    let (errors, operators) = body_errors(quote! {
        Input { shape: [8] }
        Dense { units: 3 };
        Relu
    });
    assert_eq!(
        errors,
        ["`Dense`", "`;`"].map(|found| format!(
            "expected `,` between layers, found {found}\n= help: every layer but the last has a `,` behind it"
        ))
    );
    assert_eq!(operators, ["Input", "Dense", "Relu"]);
}

#[test]
fn errors_about_layers() {
    let error = |tokens| body_errors(tokens).0.join("\n---\n");
    assert_eq!(
        error(quote!(fc: , Relu)),
        "expected a layer behind `fc:`, found `,`\n= help: write `label: Dense { units: 10 }` or `Relu`"
    );
    assert_eq!(
        error(quote!(fc: tinynet::Dense { units: 3 })),
        "expected `{` or `,`, found `::`\n= help: layers have plain names: `Dense`"
    );
    assert_eq!(
        error(quote!(Dense { units: 3, ..Default::default() })),
        "expected an option, found `..`\n= help: leave it out: options that are not written have their defaults"
    );
    assert_eq!(
        error(quote!(Dense { 3 })),
        "expected an option, found `3`\n= help: options are written `name: value`"
    );
    assert_eq!(
        error(quote!(Dense { units(3) })),
        "expected `:` and a value behind `units`, found `(`\n= help: write `units: …`"
    );
    assert_eq!(
        error(quote!(Dense { units: 3 "x" })),
        "expected `,` between options, found `\"x\"`\n= help: every option but the last has a `,` behind it"
    );
}

#[test]
fn errors_about_heads() {
    let written = "= help: a network is written `pub struct Name = \"weights file\" where limits { layers }`";
    assert_eq!(errors(quote!()), [format!("no network is declared here\n{written}")]);
    assert_eq!(
        errors(quote!(
            enum Net {
                Relu,
            }
        )),
        [format!("expected `struct`, found `enum`\n{written}")]
    );
    assert_eq!(
        errors(quote!(struct Net<const N: usize> { Relu })),
        ["networks take no generic parameters\n= help: a network is one type: leave them out"]
    );
    assert_eq!(
        errors(quote!(struct { Relu })),
        [format!("expected the name of the network, found `{{`\n{written}")]
    );
    assert_eq!(
        errors(quote!(
            struct Net;
        )),
        [
            "`Net` has no layers\n= help: write them in braces, or name the file of a whole model: `= \"model file\";`"
        ]
    );
    assert_eq!(
        errors(quote!(struct Net = weights where ram <= 3 { Relu })),
        ["expected the name of a file, found `weights`\n= help: write `= \"weights.safetensors\"`"]
    );
    assert_eq!(
        errors(quote!(struct Net)),
        [format!("expected the layers in `{{ }}`, found the end\n{written}")]
    );
    assert_eq!(
        errors(quote!(
            struct Net(Relu);
        )),
        [format!("expected the layers in `{{ }}`, found `(`\n{written}")]
    );
    assert_eq!(
        errors("# struct Net { Relu }".parse().unwrap()),
        ["expected `[` of an attribute, found `struct`"]
    );
    // What stands behind a broken network is read.
    let (invocation, errors) = run(quote!(static A: usize = 3; struct B { Relu }));
    assert_eq!(errors.len(), 1);
    assert_eq!(invocation.networks[0].name, "B");
    // Where it is clear what is meant, so is the broken one.
    let (invocation, errors) = run(quote!(enum A { Relu } struct B<T: Copy> where ram <= 3 { Relu }));
    assert_eq!(errors.len(), 2);
    assert_eq!(invocation.networks[0].name, "A");
    assert_eq!(invocation.networks[1].limits.len(), 1);
}

#[test]
fn errors_about_limits() {
    let error = |limits: TokenStream| {
        let (invocation, errors) = run(quote!(struct Net where #limits { Relu }));
        assert_eq!(invocation.networks.len(), 1);
        assert_eq!(invocation.networks[0].layers.as_ref().unwrap().len(), 1);
        errors.join("\n---\n")
    };
    let written = "= help: limits are written `flash <= 24 * KIB`";
    assert_eq!(error(quote!(flash < 3)), format!("expected `<=` or `>=`, found `<`\n{written}"));
    assert_eq!(error(quote!(flash = 3,)), format!("expected `<=` or `>=`, found `=`\n{written}"));
    assert_eq!(error(quote!(3 <= flash)), format!("expected a limit, found `3`\n{written}"));
    assert_eq!(
        error(quote!(flash <=)),
        "`flash` needs a limit behind the comparison\n= help: limits are written `flash <= 24 * KIB`"
    );
    assert_eq!(
        error(quote!(flash <= , ram <= 3)),
        "`flash` needs a limit behind the comparison\n= help: limits are written `flash <= 24 * KIB`"
    );
    assert_eq!(error(quote!(accuracy(3) >= 0.9)), "expected \"file\" or the name of a processor, found `3`");
    assert_eq!(error(quote!(accuracy("t", 3) >= 0.9)), "expected `samples: 500`, found `3`");
    assert_eq!(error(quote!(accuracy("t", samples: 3, "x") >= 0.9)), "expected `)`, found `\"x\"`");
    assert_eq!(error(quote!(accuracy("t" "x") >= 0.9)), "expected `)`, found `\"x\"`");
    assert_eq!(
        error(quote!(ram <= if BIG { 1 } else { 2 })),
        "the limit of `ram` ends at this `{`\n= help: put parentheses around a limit that contains braces"
    );
    let network = network(quote!(struct Net where ram <= (if BIG { 1 } else { 2 }), { Relu }));
    assert_eq!(network.limits.len(), 1);
}

/// `depth` pairs of `delimiter` around a 1.
fn nested(delimiter: Delimiter, depth: usize) -> TokenStream {
    (0..depth).fold(quote!(1), |inner, _| TokenTree::Group(Group::new(delimiter, inner)).into())
}

#[test]
fn nesting_is_bounded() {
    assert_eq!(number(nested(Delimiter::Parenthesis, 40)).value, 1.0);
    for delimiter in [Delimiter::Parenthesis, Delimiter::Bracket] {
        let deep = nested(delimiter, 10_000);
        assert_eq!(value_error(deep.clone()), "nested more than 64 deep");
        assert_eq!(errors(quote!(#[doc(#deep)] struct Net { Relu })), ["delimiters are nested too deep"]);
        assert_eq!(
            errors(quote!(struct Net where ram <= #deep { Relu })),
            ["delimiters are nested too deep"]
        );
    }
    let deep = nested(Delimiter::Parenthesis, 10_000);
    assert_eq!(value_error(quote!(|x| #deep)), "nested more than 64 deep");
    let signs = "-".repeat(10_001).parse::<TokenStream>().unwrap();
    assert_eq!(number(quote!(#signs 1)).value, -1.0);
}

#[test]
fn functions_are_bounded() {
    let sum = "+ x".repeat(10_000).parse::<TokenStream>().unwrap();
    assert_eq!(value_error(quote!(|x| x #sum)), "this function has more than 500 operations");
    let calls = ".abs()".repeat(10_000).parse::<TokenStream>().unwrap();
    assert_eq!(value_error(quote!(|x| x #calls)), "this function has more than 500 operations");
    let chain = "if x < 1 { 1 } else ".repeat(70).parse::<TokenStream>().unwrap();
    assert_eq!(value_error(quote!(|x| #chain { 1 })), "more than 64 `else if`");
}

#[test]
fn long_lists_take_linear_time() {
    let elements = (0..300_000).map(|i| Literal::f32_unsuffixed(i as f32 / 8.0));
    let ValueKind::List(list) = value(quote!([#(#elements),*])) else { panic!("not a list") };
    assert_eq!(list.len(), 300_000);
    assert!(matches!(list[299_999].kind, ValueKind::Number(n) if n.value == 299_999.0 / 8.0));
}

/// Tokens of all kinds in no order, made from a seed: the words of the language more often than others.
struct Noise(fastrand::Rng);

impl Noise {
    fn below(&mut self, bound: usize) -> usize {
        self.0.usize(..bound)
    }

    fn tokens(&mut self, depth: usize) -> TokenStream {
        (0..self.below(12)).map(|_| self.token(depth)).collect()
    }

    fn token(&mut self, depth: usize) -> TokenTree {
        const WORDS: [&str; 16] = [
            "struct", "pub", "where", "ram", "Dense", "Input", "units", "label", "if", "else", "x", "abs",
            "KIB", "core", "f64", "true",
        ];
        const PUNCTUATION: [char; 16] =
            [':', ':', ',', ',', ';', '=', '<', '>', '|', '|', '+', '-', '*', '/', '#', '.'];
        const DELIMITERS: [Delimiter; 4] =
            [Delimiter::Brace, Delimiter::Bracket, Delimiter::Parenthesis, Delimiter::None];
        match self.below(if depth == 0 { 3 } else { 4 }) {
            0 => Ident::new(WORDS[self.below(16)], Span::call_site()).into(),
            1 => Punct::new(PUNCTUATION[self.below(16)], Spacing::Alone).into(),
            2 => match self.below(5) {
                0 => Literal::string("file.npy").into(),
                1 => Literal::u64_suffixed(3).into(),
                2 => Literal::f64_unsuffixed(-0.5).into(),
                3 => Literal::byte_string(b"bytes").into(),
                _ => Literal::usize_unsuffixed(self.below(9)).into(),
            },
            _ => Group::new(DELIMITERS[self.below(4)], self.tokens(depth - 1)).into(),
        }
    }
}

#[test]
fn noise_never_panics_and_expands_to_rust() {
    let mut noise = Noise(fastrand::Rng::with_seed(1));
    let mut read = 0;
    for _ in 0..4_000 {
        let (head, limits, layers, options, value) =
            (noise.tokens(2), noise.tokens(2), noise.tokens(3), noise.tokens(3), noise.tokens(4));
        let tokens = match noise.below(5) {
            0 => head,
            1 => quote!(pub struct Net where #limits { #layers }),
            2 => quote!(struct Net { #layers, l: Dense { #options }, #layers }),
            3 => quote!(struct Net { Activation { function: |x| #value }, Relu }),
            _ => quote!(struct Net { Dense { weights: [#value], #options } }),
        };
        let (invocation, _) = run(tokens.clone());
        read += invocation.networks.iter().flat_map(|network| &network.layers).flatten().count();
        let expansion = crate::expand(quote!((::tinynet) #tokens), &crate::files::InvisibleFiles);
        assert!(!expansion.is_empty());
        for network in &invocation.networks {
            let anchors = crate::emit::anchors::anchors(network, &invocation.facade, false);
            syn::parse2::<syn::File>(anchors).unwrap();
        }
    }
    assert!(read > 2_000, "{read}");
}

#[test]
fn errors_of_a_value_underline_all_of_it() {
    let source = "(::tinynet) struct Net { Operator { option: [1, 2], other: a } }";
    let mut errors = Errors::new();
    let invocation = parse(source.parse().unwrap(), &mut errors);
    let options = &invocation.networks[0].layers.as_ref().unwrap()[0].options;
    let [first, last] = options[0].value.ends;
    assert_eq!(first.source_text().as_deref(), Some("["));
    assert_eq!(last.source_text().as_deref(), Some("]"));
    assert_eq!(options[1].value.span().source_text().as_deref(), Some("a"));
}
