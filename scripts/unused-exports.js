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
const exported = new Map();
const used = new Map();

for (const file of fileNames) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
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
    markUsed(file, specifier, '*');
  });
}

function isExported(node) {
  return ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function addExports(file, node) {
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) {
    return;
  }
  const names = ts.isVariableStatement(node)
    ? node.declarationList.declarations.map(({ name }) => name.getText())
    : [node.name?.getText() ?? 'default'];
  exported.set(file, [...(exported.get(file) ?? []), ...names]);
}

function addImports(file, { importClause, moduleSpecifier }) {
  const bindings = importClause?.namedBindings;
  if (bindings !== undefined && ts.isNamedImports(bindings)) {
    for (const { propertyName, name } of bindings.elements) {
      markUsed(file, moduleSpecifier.text, (propertyName ?? name).text);
    }
  } else {
    markUsed(file, moduleSpecifier.text, '*');
  }
}

function addReexports(file, { exportClause, moduleSpecifier }) {
  if (moduleSpecifier === undefined) {
    return;
  }
  if (exportClause === undefined) {
    markUsed(file, moduleSpecifier.text, '*');
    return;
  }
  for (const { propertyName, name } of exportClause.elements) {
    markUsed(file, moduleSpecifier.text, (propertyName ?? name).text);
  }
}

function forEachDynamicImport(node, visit) {
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    if (argument !== undefined && ts.isStringLiteral(argument)) {
      visit(argument.text);
    }
  }
  ts.forEachChild(node, (child) => forEachDynamicImport(child, visit));
}

function markUsed(file, specifier, name) {
  const target = resolveModule(file, specifier);
  if (target !== undefined) {
    used.set(target, (used.get(target) ?? new Set()).add(name));
  }
}

function resolveModule(file, specifier) {
  if (specifier.startsWith('.')) {
    return resolve(dirname(file), specifier);
  }
  const [, name] = /^@tickwire\/([a-z-]+)$/.exec(specifier) ?? [];
  return name && join(root, 'packages', name, 'src', 'index.ts');
}

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
