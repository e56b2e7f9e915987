import { account, djangoAccount } from '../../answers/account.ts';
import { order } from '../../answers/order.ts';
import { paymentRequest } from '../../answers/payment.ts';
import { djangoLoggedIn, loggedIn, sessions } from '../../answers/session.ts';
import { ACCOUNT, OLDER_ACCOUNT, ORDER, PAYMENT_REQUEST, SESSION, TOKEN, USER_DATA, USER_ID } from '../examples.ts';
import { answers, nothing, type Operation, STORAGE, WECHAT } from '../operation.ts';

const LOGIN_FAULTS = [
  'login-code-invalid',
  'login-code-used',
  'login-user-blocked',
  'login-too-often',
  'wechat-quota-spent',
  ...WECHAT,
  ...STORAGE,
] as const;

const CODE = { code: '0a3Xs5000Kq2wR1Qh1200lGfDc0Xs50j' };

export const LOGIN: Readonly<Record<string, Operation>> = {
  'POST /v1/login': {
    id: 'login',
    tag: 'login',
    summary: 'Log in with a code of wx.login',
    description:
      'One code, one login, however often it is sent at the same time. In the sandbox `dev-<name>` logs in too.',
    example: CODE,
    answers: [
      answers(loggedIn, { token: TOKEN, user_id: USER_ID, expires_at: '2026-12-22T08:54:56.337Z' }, 'Logged in.'),
    ],
    refuses: LOGIN_FAULTS,
  },
  'POST /miniprogram_auth/login': {
    id: 'olderLogin',
    tag: 'login',
    summary: 'Log in, in an older shape',
    example: CODE,
    answers: [answers(djangoLoggedIn, { token: TOKEN, user_id: USER_ID }, 'Logged in.')],
    refuses: LOGIN_FAULTS,
  },
  'GET /v1/sessions': {
    id: 'listSessions',
    tag: 'login',
    summary: 'List the devices, the newest login first',
    answers: [answers(sessions, { sessions: [SESSION] }, 'The sessions.')],
    refuses: STORAGE,
  },
  'DELETE /v1/sessions': {
    id: 'revokeAllSessions',
    tag: 'login',
    summary: 'Log out everywhere, this device included',
    answers: [nothing('Logged out.')],
    refuses: STORAGE,
  },
  'DELETE /v1/sessions/{id}': {
    id: 'revokeSession',
    tag: 'login',
    summary: 'Log one device out',
    description: '`current` is the device that asks.',
    answers: [nothing('Logged out.')],
    refuses: ['session-not-found', ...STORAGE],
  },
};

const CHANGE = {
  tag: 'profile',
  example: { nickName: 'alice' },
  answers: [answers(account, ACCOUNT, 'The account as it is now.')],
  refuses: STORAGE,
} as const;

export const PROFILE: Readonly<Record<string, Operation>> = {
  'GET /v1/me': {
    id: 'readMe',
    tag: 'profile',
    summary: 'Read the account and the profile',
    answers: [answers(account, ACCOUNT, 'The account.')],
    refuses: STORAGE,
  },
  'PATCH /v1/me': { id: 'updateMe', summary: 'Change the profile', ...CHANGE },
  'POST /v1/me': { id: 'updateMeByPost', summary: 'The same, for wx.request, which has no PATCH', ...CHANGE },
  'POST /v1/me/profile': {
    id: 'importProfile',
    tag: 'profile',
    summary: 'Take over what WeChat sealed (encryptedData)',
    example: USER_DATA,
    answers: [answers(account, ACCOUNT, 'The account as it is now.')],
    refuses: ['session-key-stale', ...STORAGE],
  },
  'POST /miniprogram_auth/updateUserInfo': {
    id: 'olderImportProfile',
    tag: 'profile',
    summary: 'The same, in an older shape',
    example: USER_DATA,
    answers: [answers(djangoAccount, { token: TOKEN, wechat: OLDER_ACCOUNT }, 'The account as it is now.')],
    refuses: ['session-key-stale', ...STORAGE],
  },
};

export const OWN_ORDERS: Readonly<Record<string, Operation>> = {
  'GET /v1/orders/{out_trade_no}': {
    id: 'readOwnOrder',
    tag: 'own orders',
    summary: "Read an order of one's own",
    answers: [answers(order, ORDER, 'The order.')],
    refuses: ['order-not-found', ...STORAGE],
  },
  'POST /v1/orders/{out_trade_no}/pay': {
    id: 'payOwnOrder',
    tag: 'own orders',
    summary: 'Get what wx.requestPayment takes',
    description: 'Asked again it answers the same living prepay_id. An order without a payer gets one: who asks first.',
    answers: [answers(paymentRequest, PAYMENT_REQUEST, 'To be handed to `wx.requestPayment` as it is.')],
    refuses: [
      'order-not-found',
      'order-paid',
      'order-closed',
      'order-failed',
      'order-expired',
      'trade-type-conflict',
      'payment-refused',
      'payments-off',
      'malformed-request',
      ...WECHAT,
      ...STORAGE,
    ],
  },
  'POST /v1/orders/{out_trade_no}/sync': {
    id: 'syncOwnOrder',
    tag: 'own orders',
    summary: 'Have WeChat asked how the order stands',
    description: 'WeChat is asked at most once in 3 seconds for one order; in between it answers what is known.',
    answers: [answers(order, ORDER, 'The order.')],
    refuses: ['order-not-found', 'payments-off', ...WECHAT, ...STORAGE],
  },
};
