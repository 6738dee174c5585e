// node run.mjs MODULE...          the names of the cases, as one JSON line each
// ARDA_WORLD='{…}' node run.mjs MODULE...   runs them, one JSON line for each that has ended
const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const world = process.env.ARDA_WORLD ? JSON.parse(process.env.ARDA_WORLD) : null;

process.on('unhandledRejection', (reason) => {
  process.stderr.write(`unhandled: ${reason?.stack ?? reason}\n`);
});

for (const module of process.argv.slice(2)) {
  const { suite } = await import(`./${module}.mjs`);
  if (world === null) {
    suite.cases.forEach(({ client, upstream, name }) => print({ client, upstream, name }));
  } else {
    await suite.run(world, print);
  }
}

// Clients keep connections alive; the last case is the end.
process.exit(0);
