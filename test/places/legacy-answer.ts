import t from 'tap'
import { legacyAnswer, legacyFailure } from '../../src/places/legacy-answer.js'

const place = {
  geometry: { location: { lat: 34.061, lng: -118.445 } },
  name: 'Café Zum Löwen',
  place_id: 'place-1',
  rating: undefined,
  types: ['cafe'],
}

void t.test(
  'an answer is formatted as by the service, one character per byte, without unknown fields',
  (t) => {
    t.equal(
      legacyAnswer(['Ⓒ Elmford'], [place]),
      Buffer.from(
        `{
   "html_attributions": [
      "Ⓒ Elmford"
   ],
   "results": [
      {
         "geometry": {
            "location": {
               "lat": 34.061,
               "lng": -118.445
            }
         },
         "name": "Café Zum Löwen",
         "place_id": "place-1",
         "types": [
            "cafe"
         ]
      }
   ],
   "status": "OK"
}`,
      ).toString('latin1'),
    )
    t.end()
  },
)

void t.test('an answer without places has the status ZERO_RESULTS', (t) => {
  t.same(JSON.parse(legacyAnswer([], [])), { html_attributions: [], results: [], status: 'ZERO_RESULTS' })
  t.end()
})

void t.test('a failure has the form of an answer', (t) => {
  t.same(JSON.parse(legacyFailure('the service hung up')), {
    error_message: 'the service hung up',
    html_attributions: [],
    results: [],
    status: 'UNKNOWN_ERROR',
  })
  t.end()
})
