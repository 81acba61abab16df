// What makes JavaScript of TypeScript: `strip` is called by typescript.c. Runs in a context of its own, with the compiler `ts` and
// `blankSourceFile` of ts-blank-space; no program can reach it.
//
// Types that leave no trace are replaced by spaces, so that every line and column stays. What means something when it runs (enum,
// namespace, parameter properties, decorators) is compiled by the compiler itself, with a map of positions.

const languageOptions = {
  languageVersion: ts.ScriptTarget.ESNext,
  impliedNodeFormat: ts.ModuleKind.ESNext,
  jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
  setExternalModuleIndicator: (file) => void (file.externalModuleIndicator = true), // `await` at the top is an await
}

const compilerOptions = {
  target: ts.ScriptTarget.ES2022,
  moduleDetection: ts.ModuleDetectionKind.Legacy,
  alwaysStrict: false,
  sourceMap: true,
  inlineSources: false,
  noResolve: true,
}

const Kind = ts.SyntaxKind

function parse(name, text) {
  return ts.createSourceFile(name, text, languageOptions, false, ts.ScriptKind.TS)
}

const has = (node, kind) => node.modifiers?.some((modifier) => modifier.kind === kind) ?? false

/** What a file does with names: those that are used as values, and whether something needs the compiler. */
function survey(file) {
  const found = { values: new Set(), types: new Set(), declared: new Set(), compile: false }
  const visitAll = (node) => ts.forEachChild(node, visit)
  const without = (node, skipped) => ts.forEachChild(node, (child) => (child === skipped ? undefined : visit(child)))

  function visit(node) {
    switch (node.kind) {
      case Kind.Identifier:
        found.values.add(node.text)
        return
      case Kind.InterfaceDeclaration:
      case Kind.TypeAliasDeclaration:
        found.types.add(node.name.text)
        return
      case Kind.ImportDeclaration: {
        const clause = node.importClause
        const named = clause?.namedBindings?.elements ?? []
        for (const one of named) if (clause.isTypeOnly || one.isTypeOnly) found.types.add(one.name.text)
        if (clause?.isTypeOnly && clause.name) found.types.add(clause.name.text)
        return
      }
      case Kind.TypeParameter:
        return
      case Kind.ExportDeclaration:
        if (!node.moduleSpecifier && !node.isTypeOnly)
          for (const one of node.exportClause?.elements ?? []) if (!one.isTypeOnly) found.values.add((one.propertyName ?? one.name).text)
        return
      case Kind.HeritageClause:
        if (node.token === Kind.ExtendsKeyword) for (const one of node.types) visit(one.expression)
        return
      case Kind.ExpressionWithTypeArguments:
        visit(node.expression)
        return
      case Kind.PropertyAccessExpression:
        visit(node.expression)
        return
      case Kind.PropertyAssignment:
      case Kind.PropertyDeclaration:
      case Kind.MethodDeclaration:
        if (has(node, Kind.AccessorKeyword)) found.compile = true
        without(node, ts.isIdentifier(node.name) ? node.name : undefined)
        return
      case Kind.Decorator:
      case Kind.ImportEqualsDeclaration:
        found.compile = true
        break
      case Kind.ExportAssignment:
        if (node.isExportEquals) found.compile = true
        break
      case Kind.VariableDeclarationList:
        if ((node.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using) found.compile = true // and await using
        break
      case Kind.FunctionDeclaration:
      case Kind.ClassDeclaration:
      case Kind.EnumDeclaration:
      case Kind.ModuleDeclaration:
      case Kind.VariableStatement:
        if (has(node, Kind.DeclareKeyword)) return
        if (node.name?.text) found.declared.add(node.name.text)
        break
    }
    if (ts.isTypeNode(node)) return
    visitAll(node)
  }

  visitAll(file)
  return found
}

/** The ranges of imports and exports that name nothing but types: as the compiler has it, which drops what no value is asked of. */
function unneeded(file, found) {
  const ranges = []
  const drop = (list, keep, comma) => {
    for (const one of list) {
      if (keep(one)) continue
      const rest = /^\s*,/.exec(file.text.slice(one.end, one.end + 200))
      ranges.push([one.getStart(file), comma && rest ? one.end + rest[0].length : one.end])
    }
  }
  for (const statement of file.statements) {
    const clause = statement.importClause
    if (statement.kind === Kind.ImportDeclaration && clause && !clause.isTypeOnly) {
      const used = (name) => found.values.has(name.text)
      const bindings = clause.namedBindings
      const named = bindings?.kind === Kind.NamedImports ? bindings.elements : []
      const kept = (one) => !one.isTypeOnly && used(one.name)
      const keepsName = clause.name !== undefined && used(clause.name)
      const keepsBindings = bindings?.kind === Kind.NamespaceImport ? used(bindings.name) : named.some(kept)
      if (!keepsName && !keepsBindings) {
        ranges.push([statement.getStart(file), statement.end])
      } else {
        if (clause.name && !keepsName) ranges.push([clause.name.getStart(file), bindings.getStart(file)])
        if (bindings && !keepsBindings) ranges.push([clause.name.end, bindings.end])
        else drop(named, kept, true)
      }
    } else if (statement.kind === Kind.ExportDeclaration && !statement.moduleSpecifier && statement.exportClause?.elements) {
      const isType = (one) => one.isTypeOnly || (found.types.has((one.propertyName ?? one.name).text) && !found.declared.has((one.propertyName ?? one.name).text))
      drop(statement.exportClause.elements, (one) => !isType(one), true)
    }
  }
  return ranges
}

/** The text with spaces in place of the ranges. */
function blank(text, ranges) {
  let at = 0
  let out = ''
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0])) {
    out += text.slice(at, from) + text.slice(from, to).replace(/[^\n\r]/g, ' ')
    at = to
  }
  return out + text.slice(at)
}

const DIGITS = new Map([...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].map((digit, value) => [digit, value]))

/** The segments of a source map as (line, column, line of the source, column there), each from 0. */
function decode(mappings) {
  const out = []
  let line = 0
  let sourceLine = 0
  let sourceColumn = 0
  for (const part of mappings.split(';')) {
    let column = 0
    for (const segment of part ? part.split(',') : []) {
      const fields = []
      let value = 0
      let shift = 0
      for (const digit of segment) {
        const bits = DIGITS.get(digit)
        value += (bits & 31) << shift
        shift += 5
        if (bits & 32) continue
        fields.push(value & 1 ? -(value >> 1) : value >> 1)
        value = shift = 0
      }
      column += fields[0]
      if (fields.length < 4) continue
      sourceLine += fields[2]
      sourceColumn += fields[3]
      out.push(line, column, sourceLine, sourceColumn)
    }
    line++
  }
  return new Int32Array(out)
}

function compile(name, text) {
  const module = name.endsWith('.cts') ? ts.ModuleKind.CommonJS : ts.ModuleKind.ESNext
  const done = ts.transpileModule(text, { fileName: name, compilerOptions: { ...compilerOptions, module }, reportDiagnostics: false })
  return { code: done.outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n'), map: decode(JSON.parse(done.sourceMapText).mappings) }
}

/** The first thing that is wrong, as {error, line, column, atEnd}, each from 1; undefined where nothing is. */
function firstError(file) {
  const wrong = file.parseDiagnostics[0]
  if (!wrong) return undefined
  const { line, character } = ts.getLineAndCharacterOfPosition(file, wrong.start)
  return {
    error: ts.flattenDiagnosticMessageText(wrong.messageText, '\n'), line: line + 1, column: character + 1,
    atEnd: wrong.start >= file.text.trimEnd().length,
  }
}

const isOfModule = (node) => node.kind === Kind.ImportDeclaration || node.kind === Kind.ExportDeclaration || node.kind === Kind.ExportAssignment || has(node, Kind.ExportKeyword)

/** What typescript.c asks for: {code, isModule}, with {map} where positions have moved, or what firstError() has. */
function strip(name, text) {
  const file = parse(name, text)
  const wrong = firstError(file)
  if (wrong) return wrong
  const found = survey(file)
  const isModule = file.statements.some(isOfModule)
  if (isModule && name.endsWith('.cts')) found.compile = true
  const ranges = found.compile ? [] : unneeded(file, found)
  let compiled = found.compile
  const code = compiled ? '' : blankSourceFile(ranges.length ? parse(name, blank(text, ranges)) : file, () => (compiled = true))
  return { isModule, ...(compiled ? compile(name, text) : { code }) }
}

globalThis.strip = strip
