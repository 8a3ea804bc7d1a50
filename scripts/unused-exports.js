/**
 * Fails when a source file exports a value that no other file of the workspace imports. What a
 * package's index.ts passes on is its face and counts as used; types cost nothing at run time and
 * may be exported to be named by others.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
const { fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root);

/** Every export of a file, by name, and every name that a file takes from another. */
/** @type {Map<string, string[]>} */
const exported = new Map();
/** @type {Map<string, Set<string>>} */
const used = new Map();

for (const file of fileNames) {
  const source = ts.createSourceFile(
    file,
    readFileSync(file, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  ts.forEachChild(source, (node) => {
    if (ts.isImportDeclaration(node)) {
      addImports(file, node);
    } else if (ts.isExportDeclaration(node)) {
      addReexports(file, node);
    } else if (ts.canHaveModifiers(node) && isExported(node)) {
      addExports(file, node);
    }
  });
  forEachDynamicImport(source, (specifier) => {
    markUsed(file, specifier, ['*']);
  });
}

/**
 * @param {ts.HasModifiers} node
 */
function isExported(node) {
  return ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

/**
 * @param {string} file
 * @param {ts.Node} node
 */
function addExports(file, node) {
  const names = exportedNames(node);
  exported.set(file, [...(exported.get(file) ?? []), ...names]);
}

/**
 * The values that a declaration exports; types have none.
 * @param {ts.Node} node
 * @returns {string[]}
 */
function exportedNames(node) {
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations.map(({ name }) => name.getText());
  }
  const isValue = ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node);
  return isValue ? [node.name?.getText() ?? 'default'] : [];
}

/**
 * @param {string} file
 * @param {ts.ImportDeclaration} node
 */
function addImports(file, { importClause, moduleSpecifier }) {
  const bindings = importClause?.namedBindings;
  const names =
    bindings !== undefined && ts.isNamedImports(bindings) ? namesOf(bindings.elements) : ['*'];
  markUsed(file, moduleSpecifier, names);
}

/**
 * @param {string} file
 * @param {ts.ExportDeclaration} node
 */
function addReexports(file, { exportClause, moduleSpecifier }) {
  if (moduleSpecifier !== undefined) {
    const isNamed = exportClause !== undefined && ts.isNamedExports(exportClause);
    markUsed(file, moduleSpecifier, isNamed ? namesOf(exportClause.elements) : ['*']);
  }
}

/** @param {ts.NodeArray<ts.ImportSpecifier | ts.ExportSpecifier>} elements */
function namesOf(elements) {
  return elements.map(({ propertyName, name }) => (propertyName ?? name).text);
}

/**
 * @param {ts.Node} node
 * @param {(specifier: ts.Expression) => void} visit
 */
function forEachDynamicImport(node, visit) {
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    if (argument !== undefined) {
      visit(argument);
    }
  }
  ts.forEachChild(node, (child) => forEachDynamicImport(child, visit));
}

/**
 * @param {string} file
 * @param {ts.Expression} specifier
 * @param {readonly string[]} names
 */
function markUsed(file, specifier, names) {
  const target = ts.isStringLiteral(specifier) ? resolveModule(file, specifier.text) : undefined;
  if (target !== undefined) {
    used.set(target, new Set([...(used.get(target) ?? []), ...names]));
  }
}

/**
 * @param {string} file
 * @param {string} specifier
 */
function resolveModule(file, specifier) {
  if (specifier.startsWith('.')) {
    return resolve(dirname(file), specifier);
  }
  const [, name] = /^@tickwire\/([a-z-]+)$/.exec(specifier) ?? [];
  return name && join(root, 'packages', name, 'src', 'index.ts');
}

/** @param {string} file */
const isSource = (file) => /packages\/[^/]+\/src\//.test(file) && !file.endsWith('src/index.ts');
const unused = [...exported]
  .filter(([file]) => isSource(file))
  .flatMap(([file, names]) =>
    names
      .filter((name) => !used.get(file)?.has(name) && !used.get(file)?.has('*'))
      .map((name) => `${relative(root, file)}: ${name}`),
  );
if (unused.length > 0) {
  process.stderr.write(`Exported, but imported nowhere:\n  ${unused.join('\n  ')}\n`);
  process.exit(1);
}
