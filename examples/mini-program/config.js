module.exports = {
  /** Wexagon; in production one of the request 合法域名. */
  baseUrl: 'http://127.0.0.1:3000',
  /** The shop's own backend, which names the prices: examples/merchant-backend. */
  shopUrl: 'http://127.0.0.1:8080',
  /** Who logs in at Wexagon's sandbox, which does not know the codes of the real wx.login. Empty in production. */
  sandboxUser: 'alice',
};
