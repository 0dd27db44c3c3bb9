// Every string that a person reads is in the message catalogue (ui/src/lib/words): what is written elsewhere is found here.
// In markup: text, and the attributes that are read or spoken. In code: strings that are words, not names.
import { parse } from "svelte/compiler";
import ts from "typescript";

/** Attributes, and properties of components, whose value is shown or spoken. */
const SPOKEN = /^(aria-(label|description|valuetext|roledescription|placeholder)|title|placeholder|alt|label|heading|happened|means|hint|words|word|closeWords|text|summary|caption)$/;
/** Attributes whose value only looks like words. */
const NO_TEXT = /^(class|style|d|viewBox|transform|points|key|event\.key|testid|role|href|autocomplete)$/;
const letters = (text) => /\p{L}{2,}/u.test(text.replace(/&\w+;/g, " "));
/** Words as people write them: two of them, or one that begins like a sentence. Not `camelCase`, `kebab-case`, `a/path`, `--t-body`. */
const reads = (text) => /(^|[\s(“])[\p{L}’'-]{2,}[,.:;?…]? +[\p{L}(“’'-]{2,}/u.test(text) || /^\p{Lu}\p{Ll}+[.:?…]?$/u.test(text.trim());

/** What is read in a file of markup: `[line, text]`. */
export function ofMarkup(source) {
  const found = [];
  const line = (at) => source.slice(0, at).split("\n").length;
  const say = (node, text) => found.push([line(node.start), text.trim().replace(/\s+/g, " ")]);
  const root = parse(source, { modern: true });
  walk(root.fragment, (node) => {
    if (node.type === "Text" && letters(node.data)) say(node, node.data);
    if (node.type === "ConstTag") literals(node.declaration, (literal, text) => { if (reads(text)) say(literal, text); });
    if (node.type === "RenderTag") literals(node.expression, (literal, text) => { if (reads(text)) say(literal, text); });
    if (node.type === "ExpressionTag") spoken(node.expression, (literal, text) => { if (letters(text)) say(literal, text); });
    if (node.type === "RegularElement" || node.type === "Component" || node.type === "SvelteElement") {
      for (const attribute of node.attributes) ofAttribute(attribute, say);
      return node.fragment;
    }
    if (node.type === "StyleSheet") return null;
  });
  for (const script of [root.instance, root.module].filter(Boolean)) {
    const { start, end } = script.content;
    for (const [at, text] of ofCode(source.slice(start, end))) found.push([line(start) + at - 1, text]);
  }
  return found;
}

function ofAttribute(attribute, say) {
  if (attribute.type !== "Attribute" || attribute.value === true || NO_TEXT.test(attribute.name)) return;
  for (const part of [attribute.value].flat()) {
    if (part.type === "Text" && SPOKEN.test(attribute.name) && letters(part.data)) say(part, part.data);
    if (part.type === "ExpressionTag") literals(part.expression, (literal, text) => { if (reads(text)) say(literal, text); });
  }
}

/** Every literal in an expression, as in the handler of a click. */
function literals(node, say) {
  if (!node || typeof node !== "object") return;
  if (node.type === "Literal" && typeof node.value === "string") say(node, node.value);
  if (node.type === "TemplateElement") say(node, node.value.cooked ?? "");
  if (node.type === "BinaryExpression" && /^[!=]==?$/.test(node.operator)) return;
  for (const [key, value] of Object.entries(node)) if (key !== "loc") [value].flat().forEach((one) => literals(one, say));
}

/** The literals that an expression can come to: those of conditions, comparisons, keys and calls are none. */
function spoken(node, say) {
  if (!node) return;
  if (node.type === "Literal" && typeof node.value === "string") say(node, node.value);
  if (node.type === "TemplateLiteral") for (const part of node.quasis) say(node, part.value.cooked ?? "");
  if (node.type === "ConditionalExpression") { spoken(node.consequent, say); spoken(node.alternate, say); }
  if (node.type === "LogicalExpression") { spoken(node.left, say); spoken(node.right, say); }
  if (node.type === "BinaryExpression" && node.operator === "+") { spoken(node.left, say); spoken(node.right, say); }
}

/** Walks markup; what `see` returns is walked instead of the node, `null` is not walked. */
function walk(node, see) {
  if (!node || typeof node !== "object") return;
  if (Array.isArray(node)) return void node.forEach((one) => walk(one, see));
  const instead = typeof node.type === "string" ? see(node) : undefined;
  if (instead === null) return;
  for (const [key, value] of Object.entries(instead ?? node)) if (!["expression", "metadata", "parent", "context"].includes(key)) walk(value, see);
}

/** What is read in code: `[line, text]`. */
export function ofCode(source) {
  const file = ts.createSourceFile("code.ts", source, ts.ScriptTarget.Latest, true);
  const found = [];
  const say = (node, text) => { if (reads(text)) found.push([file.getLineAndCharacterOfPosition(node.getStart()).line + 1, text]); };
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node) || ts.isCaseClause(node)) return ts.isCaseClause(node) ? node.statements.forEach(visit) : undefined;
    if (ts.isBinaryExpression(node) && /Equals/.test(ts.SyntaxKind[node.operatorToken.kind]) && node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return;
    if (ts.isStringLiteralLike(node)) say(node, node.text);
    if (ts.isTemplateExpression(node)) { say(node, node.head.text); for (const span of node.templateSpans) say(node, span.literal.text); }
    if (ts.isPropertyAssignment(node)) return visit(node.initializer);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The rule finds what it must and leaves alone what is no sentence; what it does wrong, in words. */
export function checkItself() {
  const table = [
    [ofMarkup, "<p>Nothing yet</p>", 1], [ofMarkup, "<p>{n} files</p>", 1], [ofMarkup, '<button aria-label="Close">×</button>', 1], [ofMarkup, '<Field placeholder="vault" />', 1],
    [ofMarkup, '<p>{late ? "late" : w.fine}</p>', 1], [ofMarkup, "<Tip words={`${n} of them`} />", 1], [ofMarkup, '<button onclick={() => say("It is saved")}>{w.save}</button>', 1], [ofMarkup, "<script>\nconst said = 'Not now';\n</script>", 1],
    [ofMarkup, '<p class="small ink2" data-testid="said">{w.said}{" "}– {n} ×</p>', 0], [ofMarkup, '<svg d="M0 0H12" class={on ? "row on" : "row"} />{#if kind === "In part"}{w.part}{/if}', 0], [ofMarkup, "<style>.a b{color:red}</style>", 0],
    [ofCode, 'throw new Error("the file is gone");', 1], [ofCode, "const text = `${n} files are left`;", 1], [ofCode, 'const word = "Saved";', 1],
    [ofCode, 'import a from "not a sentence"; type T = "In part"; if (key === "Escape") go("backup", "data-test", "a/b c.ts", "M0 0");', 0],
  ];
  return table.filter(([rule, source, want]) => rule(source).length !== want).map(([rule, source, want]) => `ui/tests/literals.mjs: ${rule.name} should find ${want} in ${source}`);
}
