// The same package by require.
import belljar = require('belljar')

const receipt: Promise<belljar.Receipt> = belljar.run('javascript', { source: '1' })
void receipt.then(({ value, outcome }) => console.log(outcome satisfies belljar.Outcome, value))
