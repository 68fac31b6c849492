import t from 'tap'
import { jsonFault } from '../../src/places/json-fault.js'

const faults: Readonly<Record<string, string>> = {
  '': 'sent an empty answer',
  ' \n': 'sent an empty answer',
  '<html>': 'sent HTML or XML in place of JSON',
  ' <?xml version="1.0"?>': 'sent HTML or XML in place of JSON',
  '{': 'sent JSON that ends too early',
  '{"results": [{"name": "El': 'sent JSON that ends too early',
  '[1': 'sent JSON that ends too early',
  Elm: 'sent broken JSON',
  '{"results": [] /* none */}': 'sent broken JSON',
  '{"results": tr': 'sent JSON that ends too early',
  '{"results" 1}': 'sent broken JSON',
  '{"results": [],}': 'sent broken JSON',
}

for (const [text, message] of Object.entries(faults))
  void t.test(JSON.stringify(text), (t) => {
    t.match(jsonFault(text), { message })
    t.end()
  })

void t.test('text nested too deep', (t) => {
  t.equal(jsonFault('['.repeat(100_000)).message, 'sent broken JSON')
  t.end()
})
