const { shopUrl } = require('./config');

/** Calls of the shop's own backend. It is shown the user's token, and asks Wexagon whose it is. */
function send(method, path, data, header = {}) {
  return new Promise((resolve, reject) => {
    const success = ({ statusCode, data: answer }) =>
      statusCode < 400 ? resolve(answer) : reject(new Error((answer && answer.error) || `HTTP ${statusCode}`));
    wx.request({ url: shopUrl + path, method, data, header, success, fail: () => reject(new Error('no network')) });
  });
}

const readMenu = () => send('GET', '/menu');

/** Sends what and how many, never for how much; answers the pick-up, whose id is the order's number. */
async function placeOrder(items) {
  const token = await getApp().wexagon.token();
  return send('POST', '/pickups', { items }, { authorization: `Bearer ${token}` });
}

module.exports = { placeOrder, readMenu };
