/** One of our own icons, in the colour of the words around it. TDesign's components draw theirs with it too, so it takes what theirs takes. */
Component({
  options: { styleIsolation: 'apply-shared', virtualHost: false },
  externalClasses: ['t-class'],
  properties: { name: String, size: { type: String, optionalTypes: [Number] }, color: String, style: String, customStyle: String, ariaLabel: String, ariaRole: String },
  data: { drawn: '' },
  observers: {
    'size, color'(size: string, color: string) {
      const width = /^\d+$/.test(size) ? `${size}px` : size
      this.setData({ drawn: `${width ? `font-size: ${width};` : ''}${color ? `color: ${color};` : ''}` })
    },
  },
  methods: {
    tap() {
      this.triggerEvent('click')
    },
  },
})
