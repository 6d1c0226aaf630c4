import { isLarge, setLarge } from '../../kept'
import { words } from '../../words'

/** Large letters with one tap, at the head of a page that needs no login; `turned` says it to the page. */
Component({
  options: { styleIsolation: 'apply-shared' },
  properties: { large: Boolean },
  data: { w: words.settings },
  methods: {
    turn() {
      setLarge(!isLarge())
      this.triggerEvent('turned', { large: isLarge() })
    },
  },
})
