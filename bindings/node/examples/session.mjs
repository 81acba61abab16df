// A session: state, a tool of the host, a snapshot, two futures from it.
//
//     node session.mjs
import { Sandbox } from 'belljar'

const prices = { glass: 3, jar: 4 }
const box = await Sandbox.create('python', {
  timeout: 5000,
  memory: '64M',
  tools: {
    price: {
      description: 'What something costs.',
      schema: { type: 'object', properties: { of: { type: 'string' } }, required: ['of'] },
      call: async ({ of }) => {
        if (!(of in prices)) throw new RangeError(`nobody sells ${of}`)
        return prices[of]
      },
    },
  },
})

await box.eval('basket = ["glass", "jar"]')
console.log('total:', (await box.eval('sum(tools.price(of=x) for x in basket)')).value)

const here = await box.snapshot()
const [more, less] = await Promise.all([here.spawn(), here.spawn()])
console.log('more:', (await more.eval('basket.append("glass"); len(basket)')).value)
console.log('less:', (await less.eval('basket.pop(); len(basket)')).value)
console.log('unknown:', (await box.eval('tools.price(of="bell")')).error.message)
await Promise.all([box, more, less].map((each) => each.close()))
