const { placeOrder, readMenu } = require('../../shop');

/** What a state means to the one who pays. Only `paid` is paid. */
const WORDS = { paid: '已支付', closed: '已关闭', failed: '无法支付' };
const PENDING = '尚未支付；若已付款，请稍后再查';

Page({
  data: { menu: [], number: '', word: '', isBusy: false, problem: '' },

  onLoad() {
    return this.attempt(async () => {
      const prices = await readMenu();
      const menu = Object.keys(prices).map((name) => ({ name, yuan: (prices[name] / 100).toFixed(2) }));
      this.setData({ menu });
    });
  },

  /** Orders one of what was tapped at the shop, and has Wexagon take the money. */
  buy({ currentTarget }) {
    return this.attempt(async () => {
      const { id } = await placeOrder({ [currentTarget.dataset.name]: 1 });
      this.setData({ number: id, word: PENDING });
      this.show(await getApp().wexagon.pay(id));
    });
  },

  payAgain() {
    return this.attempt(async () => this.show(await getApp().wexagon.pay(this.data.number)));
  },

  lookAgain() {
    return this.attempt(async () => this.show(await getApp().wexagon.sync(this.data.number)));
  },

  show({ state }) {
    this.setData({ word: WORDS[state] || PENDING });
  },

  /** One thing at a time; what does not end well is told in the words of whoever refused it. */
  async attempt(work) {
    if (this.data.isBusy) return;
    this.setData({ isBusy: true, problem: '' });
    try {
      await work();
    } catch (error) {
      this.setData({ problem: error.message });
    } finally {
      this.setData({ isBusy: false });
    }
  },
});
